"""A model hub on the loopback interface, as much of one as downloading a snapshot needs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class LoopbackHub(ThreadingHTTPServer):
    """Serves `folder` as the model "owner/tiny"; other names are unknown, "owner/gated" is gated."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.requests: list[str] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def loopback_hub(folder: Path) -> Iterator[LoopbackHub]:
    with LoopbackHub(folder) as hub:
        thread = threading.Thread(target=hub.serve_forever)
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackHub

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        if self.path.startswith("/api/models/owner/gated"):
            self._answer(403, b"", {"X-Error-Code": "GatedRepo"})
        elif self.path.startswith("/api/models/owner/tiny/tree/"):
            files = [
                {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": path.name}
                for path in sorted(self.server.folder.iterdir())
            ]
            self._answer(200, json.dumps(files).encode())
        elif self.path.startswith("/api/models/owner/tiny"):
            names = [
                {"rfilename": path.name, "size": path.stat().st_size} for path in sorted(self.server.folder.iterdir())
            ]
            self._answer(200, json.dumps({"id": "owner/tiny", "sha": COMMIT, "siblings": names}).encode())
        elif self.path.startswith("/owner/tiny/resolve/"):
            name = self.path.rsplit("/", 1)[-1]
            content = (self.server.folder / name).read_bytes()
            self._answer(200, content, {"ETag": f'"{name}"', "X-Repo-Commit": COMMIT})
        else:
            self._answer(404, b"", {"X-Error-Code": "RepoNotFound"})

    do_HEAD = do_GET

    def log_message(self, *args: object) -> None:
        """Stay silent."""

    def _answer(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)
