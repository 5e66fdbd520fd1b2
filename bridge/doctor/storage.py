"""Whether latents can be saved, and those that were can be read."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.doctor.finding import Finding, Level
from bridge.library import LatentLibrary, Library, StorageError
from bridge.logs.crash_reports import crash_reports
from bridge.logs.places import crash_folder

SCARCE_BYTES = 100_000_000
_FOLDER_REMEDY = "check the folder's owner and permissions, or name another file with --library"


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def data_folder(library: Path, free_bytes: Callable[[Path], int] = _free_bytes) -> Finding:
    """Writes a file beside the library and removes it; a folder that is not there yet is not made."""
    name, folder = "data folder", library.absolute().parent
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    try:
        if there == folder:
            with tempfile.TemporaryFile(dir=folder) as trial:
                trial.write(b"maisynth doctor")
                trial.flush()
        elif not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            found = f"{folder} is not there and cannot be made in {there}"
            return Finding(name, Level.BAD, found, _FOLDER_REMEDY)
        free = free_bytes(there)
    except OSError as error:
        return Finding(name, Level.BAD, f"{folder} cannot be written to: {error.strerror or error}", _FOLDER_REMEDY)
    megabytes = f"{free / 1e6:,.0f} MB free"
    if free < SCARCE_BYTES:
        return Finding(name, Level.WARN, f"{folder}: {megabytes}", "free some space before you save anything")
    state = "can be written to" if there == folder else "will be made when the bridge starts"
    return Finding(name, Level.OK, f"{folder} {state}; {megabytes}")


def library(path: Path) -> Finding:
    """Opens a copy: opening repairs what it can, and the doctor changes nothing."""
    name = "latent library"
    if not path.exists():
        return Finding(name, Level.OK, f"{path} is not there yet: nothing has been saved")
    try:
        count, notice = _open_copy(path)
        if notice is not None:  # a bridge may have been writing while it was copied
            count, notice = _open_copy(path)
    except OSError as problem:  # StorageError is one
        remedy = "check the file and its permissions, or name another with --library"
        said = str(problem) if isinstance(problem, StorageError) else f"{path} cannot be read: {problem.strerror}"
        return Finding(name, Level.BAD, said, remedy)
    if notice is not None:
        remedy = "the bridge will set it aside, delete nothing and begin an empty one: put a backup in its place before"
        return Finding(name, Level.BAD, f"{path} is damaged", remedy)
    if not os.access(path, os.W_OK):
        return Finding(name, Level.BAD, f"{path} can be read but not written", "check the file's owner and permissions")
    return Finding(name, Level.OK, f"{path}: {count} saved latent{'' if count == 1 else 's'}, undamaged")


def kept_settings(path: Path) -> dict[str, object]:
    """The settings that the library keeps, by name; from a copy too. Never raises: {"problem": a sentence}."""
    if not path.exists():
        return {}
    try:
        with _a_copy(path) as copy, Library(copy) as opened:
            return dict(opened.settings.load())
    except OSError as problem:  # StorageError is one
        return {"problem": str(problem)}


def crashes(library: Path) -> Finding:
    """Whether the bridge has left crash reports."""
    name = "crash reports"
    reports = crash_reports(crash_folder(library))
    if not reports:
        return Finding(name, Level.OK, f"none in {crash_folder(library)}")
    found = f"{len(reports)} of {'a crash' if len(reports) == 1 else 'crashes'}, the newest: {reports[-1]}"
    remedy = "to get help, pack them with maisynth doctor --report; to forget them, delete them"
    return Finding(name, Level.WARN, found, remedy)


def _open_copy(path: Path) -> tuple[int, str | None]:
    """How many latents it holds, and the library's notice. Raises OSError."""
    with _a_copy(path) as copy, LatentLibrary(copy) as opened:
        return len(opened.names()), opened.notice


@contextmanager
def _a_copy(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        for suffix in ("", "-wal"):
            source = path.with_name(path.name + suffix)
            if source.exists():
                shutil.copyfile(source, copy.with_name(copy.name + suffix))
        yield copy
