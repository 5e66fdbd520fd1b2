"""The formats of phrases, told apart by what is in the file."""

from __future__ import annotations

import zipfile
from enum import Enum
from pathlib import Path

from training.data.phrase_file import PhraseFileError
from training.data.phrase_store import STORE_SUFFIX, is_store


class Format(Enum):
    """What phrases come in."""

    STORE = "a store of phrases"
    COLLECTED = "an .npz of collect-data"
    SPARSE = "the original's .npz of 'shape' and 'nonzero'"
    DENSE = "a .npy of all cells"
    PIANO_ROLLS = "a folder of piano rolls"


def format_of(path: Path) -> Format:
    """The format of a file or folder. Raises PhraseFileError for one that is none, and OSError when it is missing."""
    if path.is_dir():
        return Format.STORE if path.suffix == STORE_SUFFIX or is_store(path) else Format.PIANO_ROLLS
    with path.open("rb") as stream:
        begin = stream.read(6)
    if begin == b"\x93NUMPY":
        return Format.DENSE
    if begin[:2] != b"PK":
        raise PhraseFileError(f"{path} is not an .npz or .npy, expected one of: {_expected()}")
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.removesuffix(".npy") for name in archive.namelist()}
    except zipfile.BadZipFile as error:
        raise PhraseFileError(f"{path} is a broken .npz ({error}): get it again") from error
    if "nonzero" in names:
        return Format.SPARSE
    if "info.json" in names:
        raise PhraseFileError(f"{path} is a single piano roll: give the folder of piano rolls that it is in")
    return Format.COLLECTED  # its loader names the keys that lack


def _expected() -> str:
    return ", ".join(one.value for one in Format)
