"""What the HTTP door serves as it is, and the headers that keep it to itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One static file."""

    content_type: str  # such as "text/html; charset=utf-8"
    body: bytes


PAGES: Mapping[str, Page] = {}  # by path, such as "/"; the page of the bridge is bridge.page.serving.pages()

# Of every answer. connect-src 'self' (by default-src) covers the WebSocket of the same host and port. Text that a page
# makes can never become a script: neither inline (default-src) nor by way of HTML (trusted types).
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
SECURITY_HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)
