"""Whether a server's tokenizer is ours: ids of another one would be garbage on both sides."""

from __future__ import annotations

from diffgemma_lsp.errors import ModelError
from diffgemma_lsp.prompts.profile import ModelProfile
from diffgemma_lsp.prompts.prompt import control_tokens
from diffgemma_lsp.prompts.tokenizer import Tokenizer
from diffgemma_lsp.remote.config import RemoteConfig
from diffgemma_lsp.remote.server import VllmServer

# Code of several languages, blanks of all sorts, and characters that few vocabularies hold whole.
_PROBE = (
    "def fibonacci(count: int) -> list[int]:\n    values = [0, 1]\n\n\n"
    'const größe = {"key": `${width}px`};  // naïve\n\t\tif (x != null && y >= 0xFF) { return; }\n'
    "SELECT * FROM users WHERE id = 12345;\n  日本語 \U0001f600 e\u0301\u2028_private__name camelCaseName\n"
)


async def check_vocabulary(
    server: VllmServer, config: RemoteConfig, tokenizer: Tokenizer, profile: ModelProfile
) -> None:
    """Raise ModelError unless the server gives text and the profile's special tokens the ids that we give them."""
    _require_same(await server.tokenize(_PROBE), tokenizer.encode(_PROBE), config)
    specials = control_tokens(profile)
    if await server.tokenize("".join(specials)) == [tokenizer.id(token) for token in specials]:
        return
    for token in specials:
        theirs = await server.tokenize(token)
        # Not every copy of a tokenizer flags each of them, and what is not flagged is split like any text.
        if len(theirs) == 1:
            _require_same(theirs, [tokenizer.id(token)], config)


def _require_same(theirs: list[int], ours: list[int], config: RemoteConfig) -> None:
    if theirs != ours:
        place = next((i for i, (a, b) in enumerate(zip(theirs, ours, strict=False)) if a != b), len(ours))
        raise ModelError(
            f"the vLLM server at {config.origin} has another tokenizer than {config.checkpoint}"
            f" (its token {place} of a test text is {theirs[place : place + 1]}, ours {ours[place : place + 1]}):"
            f" set checkpoint in {config.file} to what it serves"
        )
