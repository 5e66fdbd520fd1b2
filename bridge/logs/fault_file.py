"""A crash of the interpreter itself, such as a segmentation fault in a library: Python's faulthandler writes where.

Nothing of Python runs any more then, so what is known of the bridge is written at the start and at each change of
model. A file with a fault in it is made a crash report at the next start.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from bridge.logs.crash_reports import write_crash

_PREFIX = "running-"  # and the number of the process: several bridges may share a folder
_SIGNS = ("Fatal Python error", "Windows fatal exception")  # how faulthandler begins
_LARGEST_BYTES = 200_000
_STALE_SECONDS = 7 * 86_400.0  # a bridge that was killed leaves a file without a fault in it


def collect_faults(folder: Path, wall_clock: float) -> list[Path]:
    """Makes what earlier runs left crash reports, and drops the files of those that were killed (after a week: one
    may still run). `wall_clock` in Unix seconds. Never raises."""
    reports: list[Path] = []
    with contextlib.suppress(OSError):
        for path in sorted(folder.glob(f"{_PREFIX}*")):
            with path.open("rb") as file:
                text = file.read(_LARGEST_BYTES).decode("utf-8", "replace")
            modified = path.stat().st_mtime
            crashed = any(sign in text for sign in _SIGNS)
            if crashed:
                reports.append(write_crash(folder, text, modified, "txt"))
            if crashed or wall_clock - modified > _STALE_SECONDS:
                path.unlink()
    return reports


class FaultFile:
    """Open from the start to the close. Never raises: without the folder, faults go to the screen as ever."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{_PREFIX}{os.getpid()}"
        self._file: TextIO | None = None
        self._was_enabled = faulthandler.is_enabled()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
            faulthandler.enable(self._file)
        except (OSError, ValueError):
            self._let_go()

    def note(self, about: Mapping[str, Any]) -> None:
        """What is true from now on, as one line of JSON."""
        if self._file is None:
            return
        with contextlib.suppress(OSError, ValueError):
            self._file.write(json.dumps(about) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Nothing crashed: the file goes."""
        faulthandler.disable()
        if self._was_enabled and sys.__stderr__ is not None:
            with contextlib.suppress(OSError, ValueError):
                faulthandler.enable(sys.__stderr__)
        if self._file is not None:
            self._let_go()
            with contextlib.suppress(OSError):
                self._path.unlink()

    def _let_go(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
