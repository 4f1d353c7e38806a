"""A random editing session: everything that an editor may do, in an order that nobody would."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from lsprotocol import types

from tests.lsp.editor import Editor, Request

# The protocol's three line ends, characters that end a line elsewhere, one to three units wide ones, and code.
PIECES = (
    "\n", "\r\n", "\r", "\f", "\v", "\x85", "\u2028", "x", "é", "漢", "😀", "    ", "\t", "foo(", ")", "]", "'",
    "<|fill|>", "def f():\n    ", "TODO",
)  # fmt: skip
FAR = types.Position(10_000, 10_000)


@dataclass(frozen=True, slots=True)
class Asked:
    """A completion request, and the document that it was for. `selected` is an entry of the editor's own list."""

    request: Request
    uri: str
    version: int
    place: types.Position
    invoked: bool
    selected: types.SelectedCompletionInfo | None


class Fuzzer:
    """Plays with two documents; what was asked is in `requests`, and `accepted` counts suggestions taken over."""

    def __init__(self, editor: Editor, seed: int) -> None:
        self.editor = editor
        self.random = Random(seed)
        self.uris = [editor.open("def f():\r\n    \n", name) for name in ("one.py", "two.py")]
        self.requests: list[Request] = []
        self.asked: list[Asked] = []
        self.accepted = 0

    async def play(self, steps: int) -> None:
        """Do `steps` things, then wait for everything that was asked."""
        actions: dict[Callable[[], Awaitable[None]], int] = {
            self.edit: 30, self.replace_all: 2, self.type: 20, self.ask: 20, self.accept: 10, self.order: 8,
            self.list_actions: 4, self.cancel: 6, self.cancel_progress: 2, self.configure: 2, self.toggle: 1,
            self.reopen: 1, self.focus: 2, self.wait: 4,
        }  # fmt: skip
        for action in self.random.choices(list(actions), list(actions.values()), k=steps):
            await action()
        await asyncio.gather(*(request.answer() for request in self.requests), return_exceptions=True)

    async def edit(self) -> None:
        """Change one to three places as one version."""
        uri = self.random.choice(self.uris)
        pieces = [self.random.choices(PIECES, k=self.random.randrange(4)) for _ in range(self.random.choice((1, 1, 3)))]
        self.editor.tell(uri, [self.editor.replaced(uri, self.range(uri), "".join(text)) for text in pieces])

    async def replace_all(self) -> None:
        """Send a document as a whole, which is another one then."""
        uri = self.random.choice(self.uris)
        self.editor.texts[uri] = "".join(self.random.choices(PIECES, k=40))
        self.editor.tell(uri, [types.TextDocumentContentChangeWholeDocument(self.editor.texts[uri])])

    async def type(self) -> None:
        """Type a character and ask, as an editor does."""
        uri = self.random.choice(self.uris)
        self.editor.change(uri, self.range(uri, longest=0), self.random.choice(("x", "(", " ", "\n")))
        await self.ask()

    async def ask(self) -> None:
        uri = self.random.choice(self.uris)
        place = self.range(uri).start if self.random.random() < 0.95 else FAR
        invoked = self.random.random() < 0.5
        selected = self.entry(uri, place) if self.random.random() < 0.2 and place != FAR else None
        request = self.editor.ask(uri, place.line, place.character, invoked=invoked, selected=selected)
        self.requests.append(request)
        self.asked.append(Asked(request, uri, self.editor.versions[uri], place, invoked, selected))

    async def accept(self) -> None:
        """Take over, wholly or in part, what was suggested last, if the document is still what it was."""
        asked = next((asked for asked in reversed(self.asked) if asked.place != FAR), None)
        if asked is None:
            return
        await asyncio.wait([asked.request.future])
        if asked.request.future.cancelled() or asked.request.future.exception() or not asked.request.future.result():
            return
        items = asked.request.future.result().items
        assert len(items) <= (3 if asked.invoked else 1)
        for item in items:
            assert item.insert_text
            assert item.range.start.line == item.range.end.line
            assert item.range.start <= asked.place <= item.range.end
            if asked.selected:
                assert item.insert_text.startswith(asked.selected.text)
                assert item.range == asked.selected.range
        if items and self.editor.versions[asked.uri] == asked.version:
            text = items[0].insert_text
            part = self.random.choice((text, text.partition(" ")[0], text[:1]))
            self.editor.change(asked.uri, items[0].range, part if part != "\r" else text)
            self.accepted += 1

    async def order(self) -> None:
        command = self.random.choice(("fill", "rewrite", "fillHoles", "cancel", "status"))
        self.requests.append(self.editor.order(command, self.target(self.random.choice(self.uris))))

    async def list_actions(self) -> None:
        """Ask for code actions, and choose one of them."""
        uri = self.random.choice(self.uris)
        context = types.CodeActionContext([types.Diagnostic(self.range(uri), "wrong\nand why")])
        params = types.CodeActionParams(types.TextDocumentIdentifier(uri), self.range(uri), context)
        request = self.editor.send(types.TEXT_DOCUMENT_CODE_ACTION, params)
        self.requests.append(request)
        if listed := await request.answer():
            self.requests.append(self.editor.send(types.CODE_ACTION_RESOLVE, self.random.choice(listed)))

    async def cancel(self) -> None:
        if self.requests:
            self.editor.cancel(self.random.choice(self.requests[-8:]))

    async def cancel_progress(self) -> None:
        if told := self.editor.heard(types.PROGRESS):
            params = types.WorkDoneProgressCancelParams(self.random.choice(told[-8:]).token)
            self.editor.client.window_work_done_progress_cancel(params)

    async def configure(self) -> None:
        settings = {"debounceMilliseconds": self.random.choice((0, 5)), "candidates": self.random.choice((1, 3))}
        self.editor.client.set_configuration(settings, section="diffgemma")
        self.editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({}))

    async def toggle(self) -> None:
        """Switch everything off, ask all the same, and switch it on."""
        self.requests.append(self.editor.order("toggle"))
        await self.ask()
        self.requests.append(self.editor.order("toggle"))

    async def reopen(self) -> None:
        """Close a document and open it anew, which counts its versions from 1 again."""
        uri = self.random.choice(self.uris)
        self.editor.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
        self.editor.open(self.editor.texts[uri], uri.rpartition("/")[2])

    async def focus(self) -> None:
        uri = self.random.choice(self.uris)
        self.editor.client.protocol.notify("textDocument/didFocus", {"textDocument": {"uri": uri}})

    async def wait(self) -> None:
        """Wait for one of the last answers."""
        if self.requests:
            await asyncio.wait([self.random.choice(self.requests[-4:]).future])

    def range(self, uri: str, longest: int = 6) -> types.Range:
        """Return a range of a document, rarely one that is long."""
        snapshot = self.editor.snapshot(uri)
        start = self.random.randrange(len(snapshot.text) + 1)
        length = self.random.randint(0, longest) if longest == 0 or self.random.random() < 0.97 else 400
        return types.Range(snapshot.position(start), snapshot.position(min(start + length, len(snapshot.text))))

    def entry(self, uri: str, place: types.Position) -> types.SelectedCompletionInfo:
        """Return an entry of a list that the editor shows at `place`, for nothing, a part or all of its line so far."""
        snapshot = self.editor.snapshot(uri)
        end = snapshot.offset(place)
        start = snapshot.position(self.random.randint(snapshot.text.rfind("\n", 0, end) + 1, end))
        return types.SelectedCompletionInfo(types.Range(start, place), self.random.choice(("foo", "a(b)", "漢😀", "x")))

    def target(self, uri: str) -> dict[str, Any]:
        place = self.range(uri)
        ends = {
            name: {"line": end.line, "character": end.character}
            for name, end in (("start", place.start), ("end", place.end))
        }
        return {"textDocument": {"uri": uri}, "range": ends}
