"""Where the files lie that are installed into other programs: inside the package, or in the source tree."""

from __future__ import annotations

from pathlib import Path

_PACKAGED = Path(__file__).parent / "files"  # where the wheel has them
_SOURCE_TREE = Path(__file__).resolve().parents[2]


def shipped_file(folder: str, name: str) -> Path:
    """The file that the source tree has as `folder`/`name`. Raises FileNotFoundError, with what to do."""
    places = (_PACKAGED / name, _SOURCE_TREE / folder / name)
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(f"{name} is missing (neither {places[0]} nor {places[1]}): install maisynthesizer anew")
