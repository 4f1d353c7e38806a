"""Files survive editing: what an edit does not touch comes back byte for byte."""

import codecs
import re
from random import Random

import pytest

from diffgemma_lsp.text import Document, Edit, Span, apply_edits

ALPHABET = ("a", "b", " ", "\t", "é", "😀", "\f", "\u2028", "\x85", "\ufeff")
ENDS = ("\n", "\r\n", "\r")
ENCODINGS = (
    (b"", "utf-8"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def random_raw(random: Random) -> str:
    ends = random.choice([ENDS, ("\r\n",), ("\n",)])
    lines = ["".join(random.choices(ALPHABET, k=random.randrange(6))) + random.choice(ends) for _ in range(12)]
    # What begins with the mark's character would be read as a file that has a mark.
    return "x" + "".join(lines[: random.randrange(13)]) + random.choice(["", "end"])


def random_edits(random: Random, length: int) -> list[Edit]:
    cuts = sorted(random.choices(range(length + 1), k=4))
    spans = (Span(*cuts[:2]), Span(*cuts[2:]))
    return [Edit(span, "".join(random.choices(("x", "\n", "y "), k=random.randrange(5)))) for span in spans]


def raw_offset(raw: str, offset: int) -> int:
    """Return where in `raw` an offset of the text lies: a slow reference."""
    at = 0
    for _ in range(offset):
        at += 2 if raw.startswith("\r\n", at) else 1
    return at


@pytest.mark.parametrize("seed", range(300))
def test_bytes_outside_the_edits_stay_what_they_were(seed: int) -> None:
    random = Random(seed)
    mark, codec = random.choice(ENCODINGS)
    raw = random_raw(random)
    data = mark + raw.encode(codec)
    document = Document.from_bytes(data, "file")
    assert document.to_bytes() == data

    edits = random_edits(random, len(document.text))
    pattern = ""
    done = 0
    for edit in edits:
        start, end = raw_offset(raw, edit.span.start), raw_offset(raw, edit.span.end)
        pattern += re.escape(raw[done:start]) + re.escape(edit.text).replace("\\\n", "(?:\r\n|\r|\n)")
        done = end
    pattern += re.escape(raw[done:])
    written = document.edited(edits).to_bytes()
    assert written.startswith(mark)
    assert re.fullmatch(pattern, written.removeprefix(mark).decode(codec))


@pytest.mark.parametrize("seed", range(100))
def test_an_edited_file_reads_as_the_edited_text(seed: int) -> None:
    random = Random(seed)
    # A lone carriage return is left out: before a line feed that an edit brings it would read as one line end.
    raw = random_raw(random).replace("\r\n", "\n").replace("\r", "").replace("\n", random.choice(["\n", "\r\n"]))
    document = Document.from_bytes(raw.encode(), "file")
    edits = random_edits(random, len(document.text))
    after = document.edited(edits)
    assert after.text == apply_edits(document.text, edits)
    assert Document.from_bytes(after.to_bytes(), "file") == after


def test_a_file_keeps_its_mark_its_line_ends_and_its_missing_last_one() -> None:
    document = Document.from_bytes(codecs.BOM_UTF8 + b"a\r\nb", "file")
    assert document.text == "a\nb"
    assert document.raw == "a\r\nb"
    assert document.edited([Edit(Span(1, 1), "\nx")]).to_bytes() == codecs.BOM_UTF8 + b"a\r\nx\r\nb"
