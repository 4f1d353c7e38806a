"""JSON-RPC as this server speaks it: what cannot be read is answered, and each request sees what it was sent after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol, lsp_method

from diffgemma_lsp.lsp.documents import ARRIVED, DocumentStore


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

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Return a message of the protocol's types; a request that does not fit them is answered with the error."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and isinstance(data.get("id"), int | str):
                self._send_response(data["id"], error=error.to_response_error())
            return None

    def handle_message(self, message: Any) -> None:
        """Hand a message to its handler, unless it was answered already or is none."""
        if not hasattr(message, "jsonrpc"):
            return
        if self._workspace is None and not _may_come_first(message):
            if hasattr(message, "id"):
                error = types.ResponseError(types.ErrorCodes.ServerNotInitialized, "send initialize first")
                self._send_response(message.id, error=error)
            return
        # A handler starts after the messages that were read with its own, and must not see what they changed.
        documents = self._workspace.documents if isinstance(self._workspace, DocumentStore) else {}
        token = ARRIVED.set(documents)
        try:
            super().handle_message(message)
        finally:
            ARRIVED.reset(token)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Any:  # type: ignore[override]
        """Run a command. The library's own way would answer a cancelled one, but let it run on."""
        command = self.fm.commands.get(params.command)
        if command is None:
            raise JsonRpcInvalidParams(
                f"there is no command {params.command!r}; there are {', '.join(self.fm.commands)}"
            )
        return await command(*(params.arguments or ()))

    def answer_unreadable(self, error: Exception) -> None:
        """Answer bytes that are no JSON, as JSON-RPC wants it: with an error for nobody."""
        if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
            response = types.ResponseError(types.ErrorCodes.ParseError, f"the message is not JSON: {error}")
            self._send_data(types.ResponseErrorMessage(id=None, error=response))


def _may_come_first(message: Any) -> bool:
    method = getattr(message, "method", None)
    return method in (None, types.INITIALIZE, types.EXIT)


def as_mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object, empty where the value is none."""
    return value if isinstance(value, Mapping) else {}
