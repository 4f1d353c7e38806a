"""An editor without a screen: messages over the pipes of a server process, one at a time."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Self

FOLDER = Path(__file__).resolve().parents[2]


class Editor:
    """Runs the server `command` and has said initialize; `uri` is the one document, which it changes by typing."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], options: Mapping[str, Any] | None = None
    ) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=FOLDER, env=dict(environment)
        )
        self._numbers = count(1)
        self._version = 0
        self.uri = ""
        self.answer(
            self.request(
                "initialize",
                {"processId": None, "rootUri": None, "capabilities": {}, "initializationOptions": options or {}},
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.answer(self.request("shutdown", None))
        self.notify("exit", None)
        self.process.wait()

    def open(self, path: Path, text: str) -> None:
        """Open a document, which is the one from now on."""
        self._version += 1
        self.uri = path.as_uri()
        document = {"uri": self.uri, "languageId": "python", "version": self._version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def type(self, line: int, column: int, text: str) -> None:
        """Insert a text."""
        self._version += 1
        place = {"line": line, "character": column}
        self.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": self.uri, "version": self._version},
                "contentChanges": [{"range": {"start": place, "end": place}, "text": text}],
            },
        )

    def suggest(self, line: int, column: int, *, invoked: bool) -> int:
        """Ask for suggestions, and return the request's number."""
        place = {"line": line, "character": column}
        context = {"triggerKind": 1 if invoked else 2}
        return self.request(
            "textDocument/inlineCompletion", {"textDocument": {"uri": self.uri}, "position": place, "context": context}
        )

    def notify(self, method: str, params: object) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def request(self, method: str, params: object) -> int:
        """Send a request, and return its number."""
        number = next(self._numbers)
        self._send({"id": number, "method": method, "params": params})
        return number

    def answer(self, number: int) -> Any:
        """Wait for the answer to a request, and return all of it."""
        while (message := self.receive()).get("id") != number:
            pass
        return message

    def receive(self) -> Any:
        """Wait for a message, and return it."""
        assert self.process.stdout is not None
        length = 0
        while (line := self.process.stdout.readline()).strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return json.loads(self.process.stdout.read(length))

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()
