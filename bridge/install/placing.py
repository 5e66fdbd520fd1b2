"""Copies a file into a folder of another program, and never over a file of the musician's without being told to."""

from __future__ import annotations

import shutil
from enum import Enum
from pathlib import Path


class Placed(Enum):
    """What happened to the destination."""

    NEW = "installed"
    SAME = "already there, unchanged"
    REPLACED = "replaced"


class FileTaken(FileExistsError):
    """A different file has that name; the message says what to do."""


def place(source: Path, destination: Path, replace: bool = False) -> Placed:
    """Copy `source` to the path `destination`, whose folder is made if missing.

    Raises FileTaken, unless `replace`, if there is a file with other contents; OSError if it cannot be written.
    """
    taken = destination.exists()
    if taken and destination.is_file() and destination.read_bytes() == source.read_bytes():
        return Placed.SAME
    if taken and not replace:
        raise FileTaken(f"{destination} is another file (an older version, or one of yours): nothing was replaced")
    destination.parent.mkdir(parents=True, exist_ok=True)
    part = destination.with_name(f"{destination.name}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(destination)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return Placed.REPLACED if taken else Placed.NEW
