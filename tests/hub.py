"""A model hub on the loopback interface, as much of one as downloading a snapshot needs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GATED = {"X-Error-Code": "GatedRepo"}


class LoopbackHub(ThreadingHTTPServer):
    """Serves `folder` as the model "owner/tiny"; other names are unknown, of "owner/gated" only the list is public.

    A file named in `broken` ends after so many bytes, once, as a connection does that is lost; one named in `stalled`
    stops there until the hub ends, which sets `has_stalled`; the one named by `shortened` lacks its last byte. Where it
    does not tell sizes, its list has none. `asked` has each file's name with the byte from which it was asked for, in
    order.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.requests: list[str] = []
        self.asked: list[tuple[str, int]] = []
        self.broken: dict[str, int] = {}
        self.stalled: dict[str, int] = {}
        self.shortened = ""
        self.tells_sizes = True
        self.has_stalled = threading.Event()
        self.ends = threading.Event()

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
            hub.ends.set()
            hub.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackHub

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        path = self.path.replace("owner/gated", "owner/tiny")
        is_public = path == self.path
        if path.startswith("/api/models/owner/tiny/auth-check"):
            self._answer(200, b"") if is_public else self._answer(403, b"", GATED)
        elif path.startswith("/api/models/owner/tiny/tree/"):
            files = [
                {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": path.name}
                for path in sorted(self.server.folder.iterdir())
            ]
            self._answer(200, json.dumps(files).encode())
        elif path.startswith("/api/models/owner/tiny"):
            names = [
                {"rfilename": path.name, "size": path.stat().st_size if self.server.tells_sizes else None}
                for path in sorted(self.server.folder.iterdir())
            ]
            self._answer(200, json.dumps({"id": "owner/tiny", "sha": COMMIT, "siblings": names}).encode())
        elif path.startswith("/owner/tiny/resolve/"):
            self._send_file(path.rsplit("/", 1)[-1]) if is_public else self._answer(403, b"", GATED)
        else:
            self._answer(404, b"", {"X-Error-Code": "RepoNotFound"})

    do_HEAD = do_GET

    def log_message(self, *args: object) -> None:
        """Stay silent."""

    def _send_file(self, name: str) -> None:
        content = (self.server.folder / name).read_bytes()
        headers = {"ETag": f'"{name}"', "X-Repo-Commit": COMMIT}
        if self.command == "HEAD":
            self._answer(200, content, headers)
            return
        if name == self.server.shortened:
            content = content[:-1]
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self.server.asked.append((name, start))
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        left = self.server.stalled.get(name, self.server.broken.get(name))
        self._answer(206 if start else 200, content[start:], headers, left)
        if name in self.server.stalled:
            self.server.has_stalled.set()
            self.server.ends.wait()
        if self.server.broken.pop(name, None) is not None:
            self.close_connection = True

    def _answer(
        self, status: int, content: bytes, headers: dict[str, str] | None = None, left: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content[:left])
            self.wfile.flush()
