"""What the HTTP door serves as it is: the page of the bridge, and the headers that keep it to itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One static file."""

    content_type: str  # such as "text/html; charset=utf-8"
    body: bytes


PAGES: Mapping[str, Page] = {}  # by path, such as "/"; the files of the page are listed here

# Of every answer. connect-src 'self' (by default-src) covers the WebSocket of the same host and port.
SECURITY_HEADERS = (
    ("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)
