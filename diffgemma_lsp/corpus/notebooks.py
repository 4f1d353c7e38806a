"""The code of a Jupyter notebook, as one module: its cells of Python, in their order."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

_FOR_IPYTHON = re.compile(r"\s*(%\w|!|\?|[\w.]+\?)")


def code_of(notebook: str) -> str:
    """Return the code cells of a notebook (format 4) with an empty line between, or nothing if its language is another.

    Lines for IPython alone (%magic, !shell, help?) are left out, and so are cells of another language (%%bash) and
    those that do not parse. Raises ValueError for a text that is no notebook.
    """
    content = json.loads(notebook)
    try:
        return "\n".join(_cells(content["cells"])) if _language(content["metadata"]) == "python" else ""
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"this JSON is no notebook of format 4: {error!r}") from error


def _language(metadata: dict[str, Any]) -> str:
    told = metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name")
    return str(told or "python").lower()


def _cells(cells: list[dict[str, Any]]) -> Iterator[str]:
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])  # one text, or a list of lines with their ends
        if source.startswith("%%"):
            continue
        code = "\n".join(line for line in source.splitlines() if not _FOR_IPYTHON.match(line)).strip("\n")
        if code.strip() and _parses(code):
            yield code + "\n"


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    return True
