"""HTTP responses of the door: every one with the headers that keep it to this machine's own page."""

from __future__ import annotations

from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.http11 import Response

from bridge.doors.pages import SECURITY_HEADERS

_TEXT = "text/plain; charset=utf-8"


def respond(status: HTTPStatus, body: bytes, content_type: str, **more: str) -> Response:
    """A whole response; the connection closes after it. `more` are further headers, such as Allow."""
    headers = Headers(
        [
            ("Content-Type", content_type),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
            *SECURITY_HEADERS,
            *more.items(),
        ]
    )
    return Response(status.value, status.phrase, headers, body)


def refuse(status: HTTPStatus, sentence: str, **more: str) -> Response:
    """An error of HTTP itself, in a sentence."""
    return respond(status, f"{sentence}\n".encode(), _TEXT, **more)
