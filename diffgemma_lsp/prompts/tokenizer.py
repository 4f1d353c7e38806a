"""Text to token ids and back, exactly: what a user typed is never taken for a special token, nor changed."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import tokenizers

from diffgemma_lsp.errors import ModelError

# How vocabularies in the style of SentencePiece spell a space.
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"

# Text in which a tokenizer that changes anything shows it: runs of blanks, combined and decomposed letters, tokens.
_PROBE = f"a  b\n\n\tb  {_SPACE}\u00e9e\u0301\u2028\f<eos> "


class Tokenizer:
    """A tokenizer.json, for byte-level vocabularies and for those with byte fallback.

    `control` names tokens to treat as special even if the file does not flag them so. Raises ModelError when one is
    not in the vocabulary, and when text does not come back unchanged.
    """

    def __init__(self, inner: tokenizers.Tokenizer, control: Sequence[str] = ()) -> None:
        inner.no_truncation()
        inner.no_padding()
        self._inner = inner
        control_ids = {self.id(token) for token in control}
        # Flags the ones that exist; both lines together keep a user's "<eos>" five ordinary characters.
        inner.add_special_tokens([*control])
        inner.encode_special_tokens = True
        added = inner.get_added_tokens_decoder()
        self.special_ids = frozenset(control_ids | {id_ for id_, token in added.items() if token.special})
        self.size: int = inner.get_vocab_size()
        self._added = {id_: token.content for id_, token in added.items()}
        self._spells_bytes = _is_byte_level(inner)
        mark = [inner.token_to_id(f"<0x{byte:02X}>") for byte in _SPACE.encode()]
        self._mark = [id_ for id_ in mark if id_ is not None]
        self._bytes = _byte_level_spelling() if self._spells_bytes else _fallback_spelling
        if self.decode(self.encode(_PROBE)) != _PROBE:
            raise ModelError(
                "the tokenizer changes text on its way to tokens and back, so no file is safe with this model"
            )

    @classmethod
    def from_file(cls, path: Path, control: Sequence[str] = ()) -> Tokenizer:
        """Return the tokenizer in the file `path`. Raises ModelError when it is missing or cannot be read."""
        if not path.is_file():
            raise ModelError(f"{path} is missing: a checkpoint needs its tokenizer.json, so download that too")
        try:
            inner = tokenizers.Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing narrower
            raise ModelError(f"{path} is no tokenizer that can be read ({error}): download it again") from error
        return cls(inner, control)

    def encode(self, text: str) -> list[int]:
        """Return the tokens of ordinary text; "<eos>" in it is five characters."""
        if not self._mark or _SPACE not in text:
            return list(self._inner.encode(text, add_special_tokens=False).ids)
        # A space and the character that spells it would be one token: write the character as its bytes.
        first, *others = (self.encode(part) for part in text.split(_SPACE))
        return first + [token for part in others for token in (*self._mark, *part)]

    def respelled(self, ids: Sequence[int]) -> list[int]:
        """Return the tokens into which the text of `ids` is split as a whole; special ones stay where they are."""
        spelled: list[int] = []
        for is_special, run in groupby(ids, self.special_ids.__contains__):
            kept = list(run)
            spelled += kept if is_special else self.encode(self.decode(kept))
        return spelled

    def encode_with_starts(self, text: str) -> tuple[list[int], list[int]]:
        """Return the tokens of text as `encode` does, and the offsets where they begin; the last is that of its end.

        Tokens that share a character all begin where it does.
        """
        if not self._mark or _SPACE not in text:
            encoding = self._inner.encode(text, add_special_tokens=False)
            return list(encoding.ids), [*(begin for begin, _ in encoding.offsets), len(text)]
        ids: list[int] = []
        starts: list[int] = []
        begin = 0
        for number, part in enumerate(text.split(_SPACE)):
            if number:
                ids += self._mark
                starts += [begin - 1] * len(self._mark)
            some, offsets = self.encode_with_starts(part)
            ids += some
            starts += [begin + offset for offset in offsets[:-1]]
            begin += len(part) + 1
        return ids, [*starts, len(text)]

    def id(self, token: str) -> int:
        """Return the id of a token as the vocabulary spells it. Raises ModelError when there is none."""
        id_ = self._inner.token_to_id(token)
        if id_ is None:
            raise ModelError(f'the tokenizer has no token "{token}": correct the [tokens] of the model profile')
        return id_

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of tokens, without special ones and without bytes that are no UTF-8."""
        return "".join(self.token_texts(ids))

    def token_texts(self, ids: Sequence[int]) -> list[str]:
        """Return one string for each token; together they are `decode(ids)`.

        A character whose bytes are spread over several tokens belongs to the last of them.
        """
        utf8 = codecs.getincrementaldecoder("utf-8")("ignore")
        return [utf8.decode(self._token_bytes(id_)) for id_ in ids]

    def _token_bytes(self, id_: int) -> bytes:
        if id_ in self.special_ids:
            return b""
        if id_ in self._added and self._spells_bytes:
            return self._added[id_].encode()
        token = self._inner.id_to_token(id_)
        return b"" if token is None else self._bytes(token)


def _is_byte_level(inner: tokenizers.Tokenizer) -> bool:
    decoder = json.loads(inner.decoder.__getstate__()) if inner.decoder else {}
    parts = decoder.get("decoders", [decoder])
    return any(part.get("type") == "ByteLevel" for part in parts)


def _byte_level_spelling() -> Callable[[str], bytes]:
    """Return how byte-level vocabularies spell bytes: as themselves where printable, else as characters from U+0100."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in printable]
    values = {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(hidden)}
    return lambda token: bytes(values[character] for character in token)


def _fallback_spelling(token: str) -> bytes:
    """Return the bytes of a token such as "▁return" or "<0x0A>"."""
    if len(token) == len("<0x0A>") and token.startswith("<0x") and token.endswith(">"):
        return bytes([int(token[3:5], 16)])
    return token.replace(_SPACE, " ").encode()
