"""A log record as one line of JSON, whatever it holds."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FIELDS = "fields"  # the attribute of a record with what belongs to its message: log.info("model", extra={FIELDS: {…}})
MAX_TEXT_CHARACTERS = 800
MAX_TRACE_CHARACTERS = 8000
MAX_ITEMS = 64
_MAX_DEPTH = 4


class JsonLines(logging.Formatter):
    """{"time" (UTC), "level", "from" (the module), "pid", "message", "error" (a traceback)} and the record's fields."""

    def format(self, record: logging.LogRecord) -> str:
        """One line without its end, a few kB at most. Never raises for what a field holds."""
        line: dict[str, Any] = {
            "time": iso_time(record.created),
            "level": record.levelname.lower(),
            "from": record.name,
            "pid": record.process,
            "message": plain(record.getMessage()),
        }
        fields = getattr(record, FIELDS, None)
        if isinstance(fields, Mapping):
            line |= {str(name): plain(value) for name, value in list(fields.items())[:MAX_ITEMS] if name not in line}
        trace = record.exc_text or (self.formatException(record.exc_info) if record.exc_info else None)
        if trace:
            line["error"] = trace[-MAX_TRACE_CHARACTERS:]  # the end says what went wrong
        return json.dumps(line, ensure_ascii=True)


def iso_time(seconds: float) -> str:
    """Unix seconds as UTC to the millisecond, such as 2026-11-23T20:15:00.250Z."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain(value: object, characters: int = MAX_TEXT_CHARACTERS, items: int = MAX_ITEMS, depth: int = 0) -> Any:
    """The value as JSON can hold it: texts and lists shortened, NaN and infinities as text, all else by its str."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping) and depth < _MAX_DEPTH:
        pairs = list(value.items())[:items]
        return {str(name)[:characters]: plain(one, characters, items, depth + 1) for name, one in pairs}
    if isinstance(value, list | tuple | set | frozenset) and depth < _MAX_DEPTH:
        shown = [plain(one, characters, items, depth + 1) for one in list(value)[:items]]
        return [*shown, f"… and {len(value) - items} more"] if len(value) > items else shown
    try:
        text = value if isinstance(value, str) else str(value)
    except Exception as problem:  # a log line must not fail for what it tells of
        text = f"a {type(value).__name__} that cannot be shown ({type(problem).__name__})"
    return text if len(text) <= characters else f"{text[: characters - 1]}…"
