"""Crash reports as files: written, at most ten kept, and told of at the next start."""

from __future__ import annotations

import contextlib
import json
import os
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridge.logs.json_lines import MAX_TRACE_CHARACTERS, iso_time

KEPT = 10
PATTERN = "crash-*"
_TOLD = "told"  # an empty file: what is older has been told of


def crash_text(error: BaseException, thread: str, wall_clock: float, about: Mapping[str, Any]) -> str:
    """The report as JSON: when (`wall_clock` in Unix seconds), where, the traceback, and what is known of the bridge.
    Raises ValueError or TypeError only where `about` is no JSON."""
    trace = "".join(traceback.format_exception(error))
    table = {"time": iso_time(wall_clock), "thread": thread, "error": trace[-MAX_TRACE_CHARACTERS:], **about}
    return json.dumps(table, indent=1, ensure_ascii=True)


def write_crash(folder: Path, text: str, wall_clock: float, kind: str = "json") -> Path:
    """Writes a report named with the time, and drops the oldest beyond KEPT. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = iso_time(wall_clock).replace("-", "").replace(":", "").replace(".", "-")
    path = folder / f"crash-{stamp}-{os.getpid()}.{kind}"
    path.write_text(text, encoding="utf-8")
    for old in crash_reports(folder)[:-KEPT]:
        with contextlib.suppress(OSError):  # the next crash tries again
            old.unlink()
    return path


def crash_reports(folder: Path) -> list[Path]:
    """The reports that lie there, the oldest first; none where the folder cannot be read."""
    try:
        return sorted(path for path in folder.glob(PATTERN) if path.is_file() and not path.is_symlink())
    except OSError:
        return []


def untold_crash(folder: Path) -> str | None:
    """A sentence about reports that no start has told of yet; None where there are none. They count as told then."""
    reports, told = crash_reports(folder), folder / _TOLD
    if not reports:
        return None
    since = _modified(told)
    fresh = [path for path in reports if _modified(path) > since]
    if not fresh:
        return None
    with contextlib.suppress(OSError):
        told.touch()
        newest = max(path.stat().st_mtime_ns for path in fresh)
        os.utime(told, ns=(newest, newest))  # not the clock of now, which may be behind
    several = f" ({len(fresh)} reports in all)" if len(fresh) > 1 else ""
    return (
        f"The bridge crashed the last time: {fresh[-1]}{several}. "
        "To get help, send what `maisynth doctor --report` packs, and look into it before you do."
    )


def _modified(path: Path) -> float:
    """In nanoseconds; -1 where there is no such file."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1
