"""The last requests in few words, for a crash report: enough to see what was asked for, not all that was sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from bridge.doors.inbox import Letter
from bridge.logs.json_lines import plain
from bridge.protocol.requests import RequestRefused

MAX_REQUESTS = 100
MAX_TEXT_CHARACTERS = 80  # of anything that a client wrote
MAX_VALUES = 8  # of a list, such as the notes of a clip


def told_requests(letters: Iterable[Letter], now: float) -> list[dict[str, Any]]:
    """The newest MAX_REQUESTS, the oldest first: {"ago" (seconds), "from", "address", and the values by name, or
    "refused" with the reason}. `now` in clock seconds. Never raises for what a request holds."""
    return [_told(letter, now) for letter in list(letters)[-MAX_REQUESTS:]]


def _told(letter: Letter, now: float) -> dict[str, Any]:
    request = letter.request
    about = {
        "ago": round(now - letter.received, 3),
        "from": f"{letter.source[0]}:{letter.source[1]}",
        "address": _shortened(letter.address),
    }
    if isinstance(request, RequestRefused):
        return {**about, "id": request.request_id, "refused": request.code, "said": _shortened(request.message)}
    return {**about, "values": {one.name: _shortened(getattr(request, one.name)) for one in fields(request)}}


def _shortened(value: object) -> Any:
    return plain(value, MAX_TEXT_CHARACTERS, MAX_VALUES)
