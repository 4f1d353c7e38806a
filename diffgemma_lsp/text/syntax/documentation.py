"""Where a docstring or a documentation comment belongs that is not there yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from diffgemma_lsp.text.places import Place
from diffgemma_lsp.text.syntax.owners import Owner, is_docstring, owners_of

if TYPE_CHECKING:
    from tree_sitter import Node

_SCRIPT = (
    *("function_declaration", "generator_function_declaration", "function_signature", "method_definition"),
    *("class_declaration", "abstract_class_declaration", "interface_declaration", "enum_declaration"),
    *("type_alias_declaration", "lexical_declaration"),
)
_JAVA = (
    *("method_declaration", "constructor_declaration"),
    *("class_declaration", "interface_declaration", "record_declaration", "enum_declaration"),
)
# What is documented in each language. Only those whose comments have an end of their own: in a comment that the line
# end ends, a fill of two lines would leave half of it among the code.
_DOCUMENTED: Mapping[str, tuple[str, ...]] = {
    "c": ("function_definition",),
    "cpp": ("function_definition", "class_specifier", "struct_specifier"),
    "java": _JAVA,
    "javascript": _SCRIPT,
    "javascriptreact": _SCRIPT,
    "python": ("function_definition", "class_definition"),
    "typescript": _SCRIPT,
    "typescriptreact": _SCRIPT,
}
# What stands around a declaration and belongs below its comment.
_WRAPPERS = ("export_statement", "template_declaration")


def documentation_at(text: str, offset: int, language: str) -> Place | None:
    """Return the place of the documentation of what is declared on the line of `offset`, with its quotes around it.

    None where nothing is declared there, or it is documented, and for a language whose comments are not known.
    """
    if language not in _DOCUMENTED:
        return None
    for owner in owners_of(text, offset, language):
        if owner.node.type in _DOCUMENTED[language] and _is_on_header(owner, offset):
            return _docstring(owner) if language == "python" else _comment(owner)
    return None


def _is_on_header(owner: Owner, offset: int) -> bool:
    body = owner.node.child_by_field_name("body")
    last = body.prev_sibling if body is not None else None
    header = owner.span(owner.node.start_byte, last.end_byte if last is not None else owner.node.end_byte)
    end_of_line = owner.text.find("\n", header.end)
    return owner.text.rfind("\n", 0, header.start) < offset <= (end_of_line if end_of_line >= 0 else len(owner.text))


def _docstring(owner: Owner) -> Place | None:
    body = owner.node.child_by_field_name("body")
    statements = [part for part in body.children if part.is_named] if body is not None else []
    if not statements or is_docstring(statements[0]) or owner.fragment.margin(statements[0]) is None:
        return None
    margin = (owner.fragment.margin(statements[0]) or b"").decode()
    return Place(owner.span(*[statements[0].start_byte] * 2), "", '"""', f'"""\n{margin}')


def _comment(owner: Owner) -> Place | None:
    node = owner.node
    while node.parent is not None and node.parent.type in _WRAPPERS:
        node = node.parent
    above = node.prev_named_sibling
    while above is not None and above.type == "decorator":
        node, above = above, above.prev_named_sibling
    margin = owner.fragment.margin(node)
    if margin is None or _is_documentation(owner, above):
        return None
    return Place(owner.span(*[node.start_byte] * 2), "", "/** ", f" */\n{margin.decode()}")


def _is_documentation(owner: Owner, above: Node | None) -> bool:
    data = owner.fragment.data
    return above is not None and "comment" in above.type and data.startswith(b"/**", above.start_byte)
