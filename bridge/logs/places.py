"""Where the log and the crash reports lie: in folders beside the library of latents."""

from __future__ import annotations

from pathlib import Path


def log_file(library: Path) -> Path:
    """The newest log; older ones lie beside it, with a number at the end of their names."""
    return library.absolute().parent / "logs" / "maisynth.log"


def crash_folder(library: Path) -> Path:
    """Where crash reports are written."""
    return library.absolute().parent / "crashes"
