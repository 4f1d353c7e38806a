"""What the encoder reads before the prefix. The prefix follows it, so typing only ever appends to a prompt.

    raw     <bos> [<suffix> far suffix <prefix>] snippets
    chat    <bos> user's turn: the task, snippets, the far suffix, the instruction; model's turn: an empty thought, a
            code fence

In a chat the model's turn is the file, and the prefix is what it has written so far. Special tokens are put in by id;
text of the user is encoded as text, whatever it looks like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from diffgemma_lsp.fill import Snippet
from diffgemma_lsp.prompts.profile import ModelProfile, PromptFormat
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.text import language_of

_TURN = ("<|turn>", "<turn|>")
_CHANNEL = ("<|channel>", "<channel|>")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a task tells the model besides the text before its holes.

    `today` are the texts of the holes, which a rewrite shows; `far_suffix` are the tokens of the document after those
    that stand in the canvas. `snippets` are parts of other documents, the most related first.
    """

    path: str = ""
    language: str = ""
    instruction: str | None = None
    today: tuple[str, ...] = ()
    far_suffix: tuple[int, ...] = ()
    snippets: tuple[Snippet, ...] = ()


def prompt_head(profile: ModelProfile, tokenizer: Tokenizer, prompt: Prompt) -> list[int]:
    """Return the tokens before the prefix. Raises ModelError when the vocabulary lacks one that the format needs."""
    return _FORMATS[profile.prompt](profile, tokenizer, prompt)


def document_end(profile: ModelProfile, tokenizer: Tokenizer, prompt: Prompt, last_tokens: Sequence[int]) -> list[int]:
    """Return the tokens that say, after a document's `last_tokens`, that it ends there."""
    if profile.prompt == "raw":
        return [tokenizer.id(profile.tokens.end[0])]
    closing = _closing(tokenizer.decode(last_tokens), _prompt_fence(tokenizer, prompt))
    return [*tokenizer.encode(closing), tokenizer.id(_TURN[1])]


def control_tokens(profile: ModelProfile) -> tuple[str, ...]:
    """Return every token with a role in the profile or its prompts; none of them may come out of ordinary text."""
    of_format = (*_TURN, *_CHANNEL) if profile.prompt == "chat" else ()
    return tuple(dict.fromkeys((*profile.tokens.all, *of_format)))


def _raw(profile: ModelProfile, tokenizer: Tokenizer, prompt: Prompt) -> list[int]:
    tokens = profile.tokens
    head = [tokenizer.id(tokens.bos)]
    if prompt.far_suffix and tokens.suffix and tokens.prefix:
        head += [tokenizer.id(tokens.suffix), *prompt.far_suffix, tokenizer.id(tokens.prefix)]
    texts = (f"{snippet.text.rstrip()}\n\n\n" for snippet in prompt.snippets)
    return head + _most_related_last(texts, profile.context.snippet_tokens, tokenizer)


def _chat(profile: ModelProfile, tokenizer: Tokenizer, prompt: Prompt) -> list[int]:
    encode = tokenizer.encode
    start_turn, end_turn = map(tokenizer.id, _TURN)
    start_channel, end_channel = map(tokenizer.id, _CHANNEL)
    fence = _prompt_fence(tokenizer, prompt)
    opening = f"{fence}{prompt.language}\n"

    ids = [tokenizer.id(profile.tokens.bos), start_turn, *encode(f"user\n{_task(prompt)}")]
    related = (
        f"\n\nRelated code, in {snippet.path}:\n{fence}{language_of(snippet.path)}\n"
        f"{snippet.text}{_closing(snippet.text, fence)}"
        for snippet in prompt.snippets
    )
    ids += _most_related_last(related, profile.context.snippet_tokens, tokenizer)
    if prompt.far_suffix:
        ids += encode(f"\n\nFurther down, the file goes on with:\n{opening}")
        ids += [*prompt.far_suffix, *encode(_closing(tokenizer.decode(prompt.far_suffix), fence))]
    if prompt.instruction and profile.follows_instructions:
        ids += encode(_rewrite(prompt, profile.context.suffix_tokens, tokenizer, fence))
    ids += [end_turn, *encode("\n"), start_turn, *encode("model\n")]
    # The empty thought is how this format says that the answer follows at once.
    return [*ids, start_channel, *encode("thought\n"), end_channel, *encode(opening)]


_FORMATS: Mapping[PromptFormat, Callable[[ModelProfile, Tokenizer, Prompt], list[int]]] = {"raw": _raw, "chat": _chat}


def _most_related_last(texts: Iterable[str], most_tokens: int, tokenizer: Tokenizer) -> list[int]:
    """Return the tokens of as many of `texts`, the most related first, as fit; what comes last is read best."""
    found: list[int] = []
    for text in texts:
        ids = tokenizer.encode(text)
        if len(ids) + len(found) > most_tokens:
            break
        found = ids + found
    return found


def _task(prompt: Prompt) -> str:
    file = f"the file {prompt.path}" if prompt.path else "a file"
    return (
        f"Write {file} in one code block. The beginning of your answer is given: go on exactly from there, "
        "in the same style and indentation, so that it joins what follows. Code only, no explanation."
    )


def _rewrite(prompt: Prompt, most_tokens: int, tokenizer: Tokenizer, fence: str) -> str:
    """Return the instruction, after what stands in the holes now: in all at most `most_tokens` of it."""
    shown = [text for text in prompt.today if text.strip()]
    quotes = ""
    for text in shown:
        part = tokenizer.decode(tokenizer.encode(text)[: most_tokens // len(shown)])
        quotes += f"\n\nThe part to be rewritten reads today:\n{fence}{prompt.language}\n{part}{_closing(part, fence)}"
    where = "Rewrite it" if shown else "Go on from the given beginning"
    return f"{quotes}\n\n{where} by this instruction: {prompt.instruction}"


def _prompt_fence(tokenizer: Tokenizer, prompt: Prompt) -> str:
    """Return a code fence longer than any in what the prompt quotes."""
    quoted = [tokenizer.decode(prompt.far_suffix), *prompt.today, *(snippet.text for snippet in prompt.snippets)]
    longest = max((len(run) for text in quoted for run in re.findall("`{3,}", text)), default=2)
    return "`" * (longest + 1)


def _closing(quoted: str, fence: str) -> str:
    """Return the fence that closes a quotation, on a line of its own."""
    return fence if quoted.endswith("\n") else f"\n{fence}"
