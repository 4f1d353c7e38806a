"""JSON-RPC as this server speaks it: what cannot be read is answered, and each request sees what it was sent after."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Mapping
from concurrent.futures import InvalidStateError
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol, lsp_method

from diffgemma_lsp.lsp import envelope
from diffgemma_lsp.lsp.documents import ARRIVED, DocumentStore

logger = logging.getLogger(__name__)

# Of the messages that are ours: counted up where a client of the version before would misread one.
VERSION = 1


class Protocol(LanguageServerProtocol):
    """Adds to the library's protocol the documents at arrival, and answers where it would only log."""

    # The library reads every attribute before there is a workspace, so this is no property.
    def store(self) -> DocumentStore:
        """Return the open documents, which are there once the client has said initialize."""
        assert isinstance(self.workspace, DocumentStore), "the initialize handler puts the store in place"
        return self.workspace

    def use_document_store(self) -> None:
        """Put our store where the library has made its own; only right after it did."""
        made = self.workspace
        folders = list(made.folders.values())
        self._workspace = DocumentStore(
            made.root_uri, types.TextDocumentSyncKind.Incremental, folders, made.position_encoding
        )

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """Answer with the version of our messages, beside what the library knows."""
        result = yield from super().lsp_initialize(params)
        result.capabilities.experimental = {"diffgemma": {"protocol": VERSION}}
        return result

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Return a message of the protocol's types. Raises JsonRpcInvalidParams where one does not fit them."""
        try:
            # A method that takes nothing, or that nobody knows, may come without.
            return super().structure_message({"params": None, **data} if "method" in data else data)
        except JsonRpcException as error:
            raise JsonRpcInvalidParams from error

    def handle_body(self, body: bytes) -> None:
        """Hand on a message; what is none, or may not come now, is answered with an error."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            self._refuse(None, envelope.not_json(error))
            return
        if malformed := envelope.why_malformed(message):
            self._refuse(envelope.request_id(message), malformed)
            return
        if "method" in message and (untimely := self._why_untimely(message["method"])):
            if "id" in message:
                self._refuse(message["id"], untimely)
            return
        try:
            self.handle_message(self.structure_message(message))
        except JsonRpcInvalidParams:
            self._misfit(message)
        except InvalidStateError:
            logger.info("an answer came to what was called off meanwhile")
        except Exception:
            # One message that nobody foresaw must not end the session.
            logger.exception("a message could not be handled")

    def handle_message(self, message: Any) -> None:
        """Hand a message of the protocol's types to its handler."""
        # A handler starts after the messages that were read with its own, and must not see what they changed.
        documents = self._workspace.documents if isinstance(self._workspace, DocumentStore) else {}
        token = ARRIVED.set(documents)
        try:
            super().handle_message(message)
        finally:
            ARRIVED.reset(token)

    def _why_untimely(self, method: str) -> types.ResponseError | None:
        return envelope.why_untimely(method, is_initialized=self._workspace is not None, is_shut_down=self._shutdown)

    def _misfit(self, message: Mapping[str, Any]) -> None:
        if "id" not in message:
            return
        error = envelope.misfit(message)
        if "method" in message:
            self._refuse(message["id"], error)
        elif envelope.request_id(message) is not None:
            # Whoever asked must not wait for a better answer.
            self._handle_response(message["id"], error=error)

    def _refuse(self, number: int | str | None, error: types.ResponseError) -> None:
        logger.warning("a message was refused: %s", error.message)
        # The library's own answer to nobody leaves out the id, which JSON-RPC wants to be null.
        self._send_data({"jsonrpc": self.VERSION, "id": number, "error": error})

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Any:  # type: ignore[override]
        """Run a command. The library's own way would answer a cancelled one, but let it run on."""
        command = self.fm.commands.get(params.command)
        if command is None:
            raise JsonRpcInvalidParams(
                f"there is no command {params.command!r}; there are {', '.join(self.fm.commands)}"
            )
        return await command(*(params.arguments or ()))


def as_mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object, empty where the value is none."""
    return value if isinstance(value, Mapping) else {}
