"""From bytes to text and back, without changing a byte that nobody edited."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from diffgemma_lsp.errors import InputError

# UTF-32 is not among them: its little-endian mark begins like UTF-16's, and the zeros that follow show up as NULs.
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CODING_LINE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)
_BLANK_OR_COMMENT = re.compile(rb"^[ \t\f]*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's text was written: a codec, and the byte order mark before it, empty if there was none."""

    codec: str = "utf-8"
    mark: bytes = b""

    def encode(self, text: str) -> bytes:
        """Return the bytes of `text`. Raises InputError where the codec lacks one of its characters."""
        try:
            return self.mark + text.encode(self.codec)
        except UnicodeEncodeError as error:
            raise InputError(
                f"the file is written in {self.codec}, which has no character {text[error.start]!r}; "
                "save the file as UTF-8 and try again"
            ) from error


UTF_8 = Encoding()


def decode(data: bytes, name: str, reads_coding_line: bool) -> tuple[str, Encoding]:
    """Return the text of a file, line ends as they are, and how to write it again.

    A byte order mark decides; else, where `reads_coding_line`, the coding line of a Python file (PEP 263); else it
    is UTF-8. `name` is what messages call the file. Raises InputError for binary and undecodable files, and for an
    encoding from which the same bytes would not come back.
    """
    encoding = _detect(data, name, reads_coding_line)
    body = data[len(encoding.mark) :]
    try:
        text = body.decode(encoding.codec)
    except UnicodeDecodeError as error:
        advice = "save it as UTF-8" + (", or name its encoding in a coding line" if reads_coding_line else "")
        raise InputError(
            f"{name} is not {encoding.codec} text (byte {len(encoding.mark) + error.start}); {advice}"
        ) from error
    if "\0" in text:
        raise InputError(f"{name} is a binary file (it holds NUL bytes); name a text file")
    if encoding.codec != "utf-8" and text.encode(encoding.codec, "replace") != body:
        raise InputError(f"{name} cannot be written back unchanged in {encoding.codec}; save it as UTF-8")
    return text, encoding


def _detect(data: bytes, name: str, reads_coding_line: bool) -> Encoding:
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return Encoding(codec, mark)
    declared = _declared_codec(data) if reads_coding_line else None
    if declared is None:
        return UTF_8
    try:
        return Encoding(_lookup(declared))
    except (LookupError, UnicodeError) as error:
        raise InputError(
            f"{name} says that its encoding is {declared!r}, which is no known text encoding; correct its coding line"
        ) from error


def _declared_codec(data: bytes) -> str | None:
    for line in re.split(rb"\r\n|\r|\n", data[:4096])[:2]:
        if found := _CODING_LINE.match(line):
            return found[1].decode("ascii")
        if not _BLANK_OR_COMMENT.match(line):
            break
    return None


def _lookup(declared: str) -> str:
    """Return the codec's own name. Raises LookupError or UnicodeError where it is unknown or not one of text."""
    "".encode(declared)
    return codecs.lookup(declared).name
