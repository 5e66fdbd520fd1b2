"""Unix seconds as ISO 8601 in UTC, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # added to, it does on every system what fromtimestamp does on some


def to_iso(seconds: float) -> str:
    """Such as 2026-03-01T12:30:00.250000+00:00. Raises ValueError outside of the years 1 to 9999."""
    try:
        return (_EPOCH + timedelta(seconds=seconds)).isoformat()
    except (OverflowError, ValueError, TypeError) as error:
        raise ValueError(f"{seconds!r} seconds are no date") from error


def from_iso(text: str) -> float:
    """The reverse, to a millionth of a second; `Z` and other zones are read too. Raises ValueError."""
    date = datetime.fromisoformat(text)
    if date.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone: end it with Z for UTC")
    return (date - _EPOCH).total_seconds()
