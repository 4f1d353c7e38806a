"""An editor for tests: a real client process side, its documents, and everything that the server told it."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lsprotocol import types
from pytest_lsp import LanguageClient, make_test_lsp_client

from diffgemma_lsp.lsp.snapshot import Snapshot
from diffgemma_lsp.text.line_ends import split_line_ends

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20.0
SERVE = ("-m", "diffgemma_lsp", "serve")

CAPABILITIES = types.ClientCapabilities(
    workspace=types.WorkspaceClientCapabilities(
        apply_edit=True,
        configuration=True,
        workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
        did_change_configuration=types.DidChangeConfigurationClientCapabilities(dynamic_registration=True),
    ),
    text_document=types.TextDocumentClientCapabilities(
        code_action=types.CodeActionClientCapabilities(
            resolve_support=types.ClientCodeActionResolveOptions(properties=["edit"]),
            code_action_literal_support=types.ClientCodeActionLiteralOptions(
                types.ClientCodeActionKindOptions([types.CodeActionKind.RefactorRewrite])
            ),
        )
    ),
    window=types.WindowClientCapabilities(work_done_progress=True),
)


@dataclass(frozen=True, slots=True)
class Request:
    """A request on its way; the future raises a JsonRpcException where the server answers an error."""

    id: int
    future: asyncio.Future[Any]

    async def answer(self) -> Any:
        return await asyncio.wait_for(self.future, SECONDS)


class Editor:
    """One window on a server process. `encoding` is the unit of its columns, `root` the folder that it has open."""

    def __init__(self, root: Path, encoding: types.PositionEncodingKind = types.PositionEncodingKind.Utf16) -> None:
        self.root = root
        self.encoding = encoding
        self.client: LanguageClient = make_test_lsp_client()
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.notified: list[tuple[str, Any]] = []
        self.messages: list[str] = []
        self.logged: list[str] = []
        self.questions: list[types.ShowMessageRequestParams] = []
        self.asked_settings = 0
        self.choice: str | None = None
        self.applied: list[types.ApplyWorkspaceEditParams] = []
        self.takes_edits = True
        self._numbers = itertools.count(1000)
        self._news = asyncio.Condition()
        self._telling: set[asyncio.Future[None]] = set()
        self._listen()

    async def start(
        self, *arguments: str, options: Any = None, capabilities: Any = None, program: Sequence[str] = SERVE
    ) -> types.InitializeResult:
        """Start a server and initialize it."""
        await self.client.start_io(sys.executable, *program, *arguments, cwd=ROOT)
        taken = capabilities or CAPABILITIES
        taken.general = types.GeneralClientCapabilities(position_encodings=[self.encoding])
        params = types.InitializeParams(
            process_id=os.getpid(),
            root_uri=self.root.as_uri(),
            workspace_folders=[types.WorkspaceFolder(self.root.as_uri(), self.root.name)],
            capabilities=taken,
            initialization_options=options,
        )
        return await asyncio.wait_for(self.client.initialize_session(params), SECONDS)

    async def stop(self) -> int | None:
        """End the server as the protocol wants it, and return its exit code."""
        server = self.client._server
        assert server is not None
        if server.returncode is None:
            await asyncio.wait_for(self.client.shutdown_session(), SECONDS)
        with suppress(asyncio.CancelledError):
            await self.client.stop()  # type: ignore[no-untyped-call]
        return server.returncode

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def open(self, text: str, name: str = "file.py", language: str = "python") -> str:
        """Open a document and return its uri."""
        uri = self.uri(name)
        self.texts[uri], self.versions[uri] = text, 1
        item = types.TextDocumentItem(uri, language, 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def snapshot(self, uri: str) -> Snapshot:
        """Return what the editor itself holds."""
        units: Any = self.encoding.value
        return Snapshot.of(uri, self.versions[uri], "python", self.texts[uri], units)

    def change(self, uri: str, selection: types.Range, text: str) -> None:
        """Replace a range, as typing does."""
        self.tell(uri, [self.replaced(uri, selection, text)])

    def replaced(self, uri: str, selection: types.Range, text: str) -> types.TextDocumentContentChangePartial:
        """Replace a range without a word to the server, and return what there is to `tell` it."""
        before, raw = self.snapshot(uri), self.texts[uri]
        start, end = (raw_offset(before, raw, position) for position in (selection.start, selection.end))
        self.texts[uri] = raw[:start] + text + raw[end:]
        return types.TextDocumentContentChangePartial(selection, text)

    def tell(self, uri: str, changes: Sequence[types.TextDocumentContentChangeEvent]) -> None:
        """Send changes that were made, each to the document after the one before it, as one version."""
        self.versions[uri] += 1
        identifier = types.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, changes))

    def type(self, uri: str, line: int, column: int, text: str) -> None:
        position = types.Position(line, column)
        self.change(uri, types.Range(position, position), text)

    def ask(self, uri: str, line: int, column: int, *, invoked: bool = True, selected: Any = None) -> Request:
        """Send an inline completion request."""
        kind = types.InlineCompletionTriggerKind
        params = types.InlineCompletionParams(
            types.InlineCompletionContext(kind.Invoked if invoked else kind.Automatic, selected),
            types.TextDocumentIdentifier(uri),
            types.Position(line, column),
        )
        return self.send(types.TEXT_DOCUMENT_INLINE_COMPLETION, params)

    def send(self, method: str, params: Any) -> Request:
        """Send a request."""
        number = next(self._numbers)
        future = self.client.protocol.send_request(method, params, msg_id=number)
        return Request(number, asyncio.wrap_future(future))

    def cancel(self, request: Request) -> None:
        """Tell the server that nobody waits for a request any more."""
        self.client.protocol.notify(types.CANCEL_REQUEST, types.CancelParams(request.id))

    async def suggestions(self, uri: str, line: int, column: int, **options: Any) -> list[str] | None:
        """Return the texts of the items, None where the server answered null."""
        answer = await self.ask(uri, line, column, **options).answer()
        return None if answer is None else [item.insert_text for item in answer.items]

    async def run(self, command: str, argument: Any = None) -> Any:
        """Execute a command and return its answer."""
        arguments = [] if argument is None else [argument]
        return await self.order(command, *arguments).answer()

    def order(self, command: str, *arguments: Any) -> Request:
        """Send a command."""
        params = types.ExecuteCommandParams(f"diffgemma.{command}", list(arguments))
        return self.send(types.WORKSPACE_EXECUTE_COMMAND, params)

    async def configure(self, settings: dict[str, Any]) -> None:
        """Change the settings; what is sent afterwards finds them in force."""
        asked = self.asked_settings
        self.client.set_configuration(settings, section="diffgemma")
        self.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({}))
        await self.until(lambda: self.asked_settings > asked)
        await self.run("status")

    async def idle(self) -> None:
        """Wait until no fill runs: what is called off ends a moment after its answer.

        Only a fill that would run longer than `SECONDS` by itself shows by this that it was called off.
        """
        async with asyncio.timeout(SECONDS):
            while (await self.run("status"))["running"]:
                pass

    async def until(self, holds: Callable[[], Any]) -> Any:
        """Wait until `holds()` is true, looking after each thing that the server says; return what it is."""

        async def wait() -> Any:
            async with self._news:
                return await self._news.wait_for(holds)

        return await asyncio.wait_for(wait(), SECONDS)

    def heard(self, method: str) -> list[Any]:
        """Return the parameters of the notifications of a method so far."""
        return [params for name, params in self.notified if name == method]

    def _listen(self) -> None:
        for method in ("diffgemma/draft", "diffgemma/origin", "didChangeStatus", types.PROGRESS):
            self._feature(method, partial(self._note, method))
        self._feature(types.WINDOW_SHOW_MESSAGE, lambda params: self.messages.append(params.message))
        self._feature(types.WINDOW_LOG_MESSAGE, lambda params: self.logged.append(params.message))
        self._feature(types.WINDOW_SHOW_MESSAGE_REQUEST, self._choose)
        self._feature(types.WORKSPACE_APPLY_EDIT, self._apply)
        self._feature(types.WORKSPACE_CONFIGURATION, self._configuration)
        self._feature(types.CLIENT_REGISTER_CAPABILITY, lambda _: None)

    def _feature(self, method: str, react: Callable[[Any], Any]) -> None:
        def handle(params: Any) -> Any:
            answer = react(params)
            telling = asyncio.ensure_future(self._tell())
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)
            return answer

        self.client.protocol.fm.features.pop(method, None)
        self.client.feature(method)(handle)

    def _note(self, method: str, params: Any) -> None:
        self.notified.append((method, params))

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    def _configuration(self, params: types.ConfigurationParams) -> list[Any]:
        self.asked_settings += 1
        return [self.client.get_configuration(section=item.section) for item in params.items]

    def _choose(self, params: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
        self.questions.append(params)
        return None if self.choice is None else types.MessageActionItem(self.choice)

    def _apply(self, params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        self.applied.append(params)
        (change,) = params.edit.document_changes or ()
        assert isinstance(change, types.TextDocumentEdit)
        uri = change.text_document.uri
        if not self.takes_edits or change.text_document.version != self.versions[uri]:
            return types.ApplyWorkspaceEditResult(applied=False, failure_reason="the document is another")
        self.texts[uri] = edited(self.snapshot(uri), self.texts[uri], change.edits)
        self.tell(uri, [types.TextDocumentContentChangeWholeDocument(self.texts[uri])])
        return types.ApplyWorkspaceEditResult(applied=True)


def edited(before: Snapshot, raw: str, edits: Sequence[Any]) -> str:
    """Return a document after text edits, which are of its old positions."""
    for edit in sorted(edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True):
        start, end = (raw_offset(before, raw, position) for position in (edit.range.start, edit.range.end))
        raw = raw[:start] + edit.new_text + raw[end:]
    return raw


def raw_offset(snapshot: Snapshot, raw: str, position: types.Position) -> int:
    """Return the offset in a document with its own line ends, counted the slow way."""
    offset = snapshot.offset(position)
    _, ends = split_line_ends(raw)
    ends = ends[: snapshot.text.count("\n", 0, offset)]
    found = offset + sum(len(end) - 1 for end in ends)
    assert found <= len(raw)
    return found
