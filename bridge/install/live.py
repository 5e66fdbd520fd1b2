"""maisynth install live: the Max for Live device into Live's User Library."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bridge.install.asking import ask_for_folder, says_yes
from bridge.install.placing import FileTaken, Placed, place
from bridge.install.shipped import shipped_file

HELP = "put MAIsynthesizer.amxd into Live's User Library"
DEVICE = "MAIsynthesizer.amxd"
# Where Live's browser shows MIDI effects of Max for Live, below the User Library.
DEVICE_FOLDER = Path("Presets") / "MIDI Effects" / "Max MIDI Effect"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--library", type=Path, metavar="FOLDER", help="Live's User Library (found by itself; else you are asked)"
    )
    parser.add_argument("--replace", action="store_true", help="replace another MAIsynthesizer.amxd that is there")


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit status. Raises OSError."""
    library = arguments.library or find_user_library(Path.home(), os.environ) or _ask_for_library()
    if library is None or not library.is_dir():
        print(f"maisynth: {_not_found(library)}", file=sys.stderr)
        return 1
    destination = library / DEVICE_FOLDER / DEVICE
    placed = _place(destination, arguments.replace)
    if placed is None:
        return 1
    print(f"{placed.value}: {destination}")
    print("In Live: browser, User Library, Presets, MIDI Effects, Max MIDI Effect; drag it onto a MIDI track.")
    return 0


def find_user_library(home: Path, environment: Mapping[str, str]) -> Path | None:
    """The first of the usual places that exists; None: it was moved, or Live never ran here."""
    return next((folder for folder in user_libraries(home, environment) if folder.is_dir()), None)


def user_libraries(home: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Where Live puts its User Library: macOS, Windows, and Windows with the documents moved to OneDrive."""
    yield home / "Music" / "Ableton" / "User Library"
    yield home / "Documents" / "Ableton" / "User Library"
    for name in ("OneDrive", "OneDriveConsumer", "OneDriveCommercial"):
        if environment.get(name):
            yield Path(environment[name]) / "Documents" / "Ableton" / "User Library"


def _ask_for_library() -> Path | None:
    return ask_for_folder(
        "Live's User Library is not in its usual place.\n"
        "Its path stands in Live's settings, page Library; drop the folder here: "
    )


def _not_found(library: Path | None) -> str:
    what = "Live's User Library was not found" if library is None else f"there is no folder {library}"
    return f"{what}: give its path (Live's settings, page Library) with --library FOLDER"


def _place(destination: Path, replace: bool) -> Placed | None:
    source = shipped_file("max_for_live", DEVICE)
    try:
        return place(source, destination, replace)
    except FileTaken as taken:
        if says_yes(f"{destination} is another file. Replace it?"):
            return place(source, destination, replace=True)
        print(f"maisynth: {taken}; say --replace", file=sys.stderr)
        return None
