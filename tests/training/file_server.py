"""A web server of one file that fails as servers and networks do: a device for the tests of download."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer(ThreadingHTTPServer):
    """Serves `content` at every path. What it does wrong is set on it; `ranges` notes what each request asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = b""
        self.headers: dict[str, str] = {"ETag": '"first"'}
        self.knows_ranges = True
        self.says_length = True
        self.chunked = False
        self.cut_after: list[int] = []  # bytes sent before the connection is cut, request by request
        self.reset = False  # cuts by a reset, not by an orderly end
        self.silence: threading.Event | None = None  # before a cut, until it is set
        self.answers: list[tuple[int, dict[str, str]]] = []  # in place of the file, request by request
        self.ranges: list[tuple[str | None, str | None]] = []  # Range and If-Range

    def address(self, path: str = "/data/phrases.npz") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def change(self, content: bytes, tag: str) -> None:
        self.content, self.headers = content, {"ETag": tag}


class _Handler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        server = self.server
        asked, condition = self.headers.get("Range"), self.headers.get("If-Range")
        server.ranges.append((asked, condition))
        if server.answers:
            status, headers = server.answers.pop(0)
            self._answer(status, {**headers, "Content-Length": "0"})
            return
        whole, first = server.content, 0
        validators = (server.headers.get("ETag"), server.headers.get("Last-Modified"))
        if asked and server.knows_ranges and (condition is None or condition in validators):
            first = int(asked.removeprefix("bytes=").removesuffix("-"))
            if first >= len(whole):
                self._answer(416, {"Content-Range": f"bytes */{len(whole)}", "Content-Length": "0"})
                return
        body = whole[first:]
        headers = dict(server.headers)
        if server.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif server.says_length:
            headers["Content-Length"] = str(len(body))
        if first:
            headers["Content-Range"] = f"bytes {first}-{len(whole) - 1}/{len(whole)}"
        self._answer(206 if first else 200, headers)
        self._send(body)

    def _answer(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, body: bytes) -> None:
        cut = self.server.cut_after.pop(0) if self.server.cut_after else None
        sent = body if cut is None else body[:cut]
        if self.server.chunked:
            self.wfile.write(f"{len(body):x}\r\n".encode() + sent + (b"\r\n0\r\n\r\n" if cut is None else b""))
        else:
            self.wfile.write(sent)
        self.wfile.flush()
        if cut is not None:
            if self.server.silence is not None:
                self.server.silence.wait(10.0)
            if self.server.reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def finish(self) -> None:
        with suppress(OSError):  # the other end is gone
            super().finish()


@contextmanager
def running_server() -> Iterator[FileServer]:
    """A server on a free port of this machine."""
    server = FileServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        if server.silence is not None:
            server.silence.set()
        server.shutdown()
        server.server_close()
        thread.join()
