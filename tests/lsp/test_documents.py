"""Documents stay equal to the editor's, whatever they hold."""

from __future__ import annotations

from random import Random

import pytest
from lsprotocol import types

from diffgemma_lsp.errors import InputError
from diffgemma_lsp.lsp.documents import ARRIVED, DocumentStore, OpenDocument
from diffgemma_lsp.lsp.snapshot import Snapshot
from diffgemma_lsp.text.units import UnitEncoding
from tests.lsp.editor import raw_offset

URI = "file:///a.py"
# Form feed, vertical tab, next line, line and paragraph separator are no line ends here; the first three are.
ALPHABET = ["\n", "\r\n", "\r", "\f", "\v", "\x85", "\u2028", "\u2029", "\x1c", "a", "é", "漢", "😀", " "]


def change(line: int, start: int, end: int, text: str) -> types.TextDocumentContentChangePartial:
    return types.TextDocumentContentChangePartial(
        types.Range(types.Position(line, start), types.Position(line, end)), text
    )


@pytest.mark.parametrize("separator", ["\f", "\v", "\x85", "\u2028", "\u2029", "\x1c", "\x1d", "\x1e"])
def test_only_the_protocols_line_ends_end_a_line(separator: str) -> None:
    document = OpenDocument(URI, 1, "python", f"a{separator}b\nc\n")
    assert document.changed(change(1, 0, 1, "d"), "utf-16").raw == f"a{separator}b\nd\n"


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 6), ("utf-16", 3), ("utf-32", 2)])
def test_a_column_counts_units_of_the_encoding(encoding: UnitEncoding, column: int) -> None:
    document = OpenDocument(URI, 1, "python", "é😀b\n")
    assert document.changed(change(0, column, column, "|"), encoding).raw == "é😀|b\n"


def test_a_column_past_the_end_of_a_line_means_its_end() -> None:
    document = OpenDocument(URI, 1, "python", "ab\r\ncd")
    assert document.changed(change(0, 99, 99, "|"), "utf-16").raw == "ab|\r\ncd"
    assert document.changed(change(1, 99, 99, "|"), "utf-16").raw == "ab\r\ncd|"
    assert document.changed(change(9, 0, 0, "|"), "utf-16").raw == "ab\r\ncd|"


def test_a_change_without_a_range_is_the_whole_document() -> None:
    document = OpenDocument(URI, 1, "python", "old")
    assert document.changed(types.TextDocumentContentChangeWholeDocument("new"), "utf-16").raw == "new"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("seed", range(3))
def test_random_edits_leave_the_document_that_a_slow_count_leaves(seed: int, encoding: UnitEncoding) -> None:
    random = Random(seed)
    document = OpenDocument(URI, 0, "python", "".join(random.choices(ALPHABET, k=60)))
    for _ in range(150):
        before = Snapshot.of(URI, 0, "python", document.raw, encoding)
        ends = sorted(random.randrange(len(before.text) + 1) for _ in range(2))
        places = types.Range(*(before.position(offset) for offset in ends))
        text = "".join(random.choices(ALPHABET, k=random.randrange(6)))
        start, end = (raw_offset(before, document.raw, place) for place in (places.start, places.end))
        expected = document.raw[:start] + text + document.raw[end:]
        document = document.changed(types.TextDocumentContentChangePartial(places, text), encoding)
        assert document.raw == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_every_offset_has_a_position_that_leads_back(encoding: UnitEncoding) -> None:
    snapshot = Snapshot.of(URI, 1, "python", "".join(Random(7).choices(ALPHABET, k=200)), encoding)
    for offset in range(len(snapshot.text) + 1):
        assert snapshot.offset(snapshot.position(offset)) == offset


def test_a_snapshot_is_the_document_at_arrival() -> None:
    store = DocumentStore(None)
    store.put_text_document(types.TextDocumentItem(URI, "python", 1, "old"))
    token = ARRIVED.set(store.documents)
    try:
        store.update_text_document(
            types.VersionedTextDocumentIdentifier(2, URI), types.TextDocumentContentChangeWholeDocument("new")
        )
        assert (store.snapshot(URI).text, store.snapshot(URI).version) == ("old", 1)
    finally:
        ARRIVED.reset(token)
    assert store.documents[URI].version == 2
    with pytest.raises(InputError, match="is not open; open the document"):
        store.snapshot(URI)


def test_a_closed_document_is_gone_and_its_changes_are_ignored() -> None:
    store = DocumentStore(None)
    store.put_text_document(types.TextDocumentItem(URI, "python", 1, "old"))
    store.remove_text_document(URI)
    store.update_text_document(
        types.VersionedTextDocumentIdentifier(2, URI), types.TextDocumentContentChangeWholeDocument("new")
    )
    assert URI not in store.documents


@pytest.mark.parametrize(
    ("version", "text", "is_current"), [(1, "old", True), (1, "new", False), (2, "old", False), (None, "", False)]
)
def test_a_snapshot_is_current_while_version_and_text_are_the_same(
    version: int | None, text: str, is_current: bool
) -> None:
    store = DocumentStore(None)
    snapshot = Snapshot.of(URI, 1, "python", "old", "utf-16")
    if version is not None:
        store.put_text_document(types.TextDocumentItem(URI, "python", version, text))
    assert store.is_current(snapshot) is is_current
