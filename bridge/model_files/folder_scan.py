"""Which model files a folder holds, and which of them hold still: one that is being written is not taken yet."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from bridge.model_files.encoder_file import is_encoder

SETTLE_SECONDS = 0.4  # two looks at least so far apart must find a file the same


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when a file is written."""

    size: int  # bytes
    modified_ns: int  # Unix nanoseconds


def scan_folder(folder: Path) -> dict[Path, Stamp]:
    """The .onnx files in the folder, encoders aside; none where there is no such folder.

    Raises OSError for one that cannot be read.
    """
    found: dict[Path, Stamp] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                # Hidden files are leftovers: an export in progress, or macOS's notes about a file of that name.
                if entry.name.startswith(".") or not entry.name.lower().endswith(".onnx"):
                    continue
                if is_encoder(entry.name):  # no model: it lies beside the one that it is for
                    continue
                path = folder / entry.name
                stamp = stamp_of(path)
                if stamp is not None:
                    found[path] = stamp
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return found


def stamp_of(path: Path) -> Stamp | None:
    """None: there is no such file, or it is no file."""
    try:
        # Not the entry's own stat: Windows keeps the size of the last close there.
        status = path.stat()
    except OSError:
        return None
    return Stamp(status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


class Settling:
    """Tells which files have stopped changing."""

    def __init__(self) -> None:
        self._since: dict[Path, tuple[Stamp, float]] = {}

    def settled(self, found: dict[Path, Stamp], now: float) -> set[Path]:
        """The files whose stamps have been the same for SETTLE_SECONDS; `now` in clock seconds."""
        self._since = {
            path: before if (before := self._since.get(path)) is not None and before[0] == stamp else (stamp, now)
            for path, stamp in found.items()
        }
        return {path for path, (_, since) in self._since.items() if now - since >= SETTLE_SECONDS}
