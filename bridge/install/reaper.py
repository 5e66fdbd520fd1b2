"""maisynth install reaper: the actions into Reaper's resource folder, its list of actions and a toolbar."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bridge.install.asking import ask_for_folder, says_yes
from bridge.install.placing import Placed, place
from bridge.install.reaper_ini import with_actions, with_toolbar
from bridge.install.shipped import shipped_file

HELP = "put the MAIsynthesizer actions, and a toolbar for them, into Reaper"
NAME = "MAIsynthesizer"  # of our folders below Reaper's Scripts and Effects
FIRST_ACTION = "MAIsynthesizer_Generate.lua"
BUTTONS = (
    "Generate", "Reroll track", "Reroll bar", "Lock tracks", "Morph", "Save latent", "Recall latent", "Live stream",
    "Panic",
)  # fmt: skip
KEYMAP, MENUS = "reaper-kb.ini", "reaper-menu.ini"

_FOLDER_OF = {".lua": "Scripts", ".jsfx": "Effects"}
_RUNNING = {  # by platform: a command whose output names a Reaper that runs
    "win32": ("tasklist", "/FI", "IMAGENAME eq reaper.exe", "/NH"),
    "darwin": ("pgrep", "-xl", "REAPER"),
    "linux": ("pgrep", "-xl", "reaper"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--resources", type=Path, metavar="FOLDER", help="Reaper's resource path (found by itself; else you are asked)"
    )
    parser.add_argument("--replace", action="store_true", help="replace other files of these names that are there")


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit status. Raises OSError."""
    resources = arguments.resources or find_resources(sys.platform, Path.home(), os.environ) or _ask_for_resources()
    if resources is None or not resources.is_dir():
        print(f"maisynth: {_not_found(resources)}", file=sys.stderr)
        return 1
    return install(resources, arguments.replace, reaper_runs)


def install(resources: Path, replace: bool, runs: Callable[[], bool]) -> int:
    """Copy the files, then add the actions and the toolbar; returns the exit status. Raises OSError.

    `runs` tells whether Reaper is open: it writes its lists when it ends, over what stands there.
    """
    files = destinations(resources)
    others = [path for source, path in files if path.exists() and path.read_bytes() != source.read_bytes()]
    if others and not (replace or says_yes(_question(others))):
        print(
            f"maisynth: {others[0]} is another file (an older version, or one of yours), and so are "
            f"{len(others) - 1} more: nothing was changed; say --replace",
            file=sys.stderr,
        )
        return 1
    placed = [place(source, path, replace=True) for source, path in files]
    new = sum(one is not Placed.SAME for one in placed)
    print(f"{new} files installed, {len(placed) - new} were there: {resources / 'Scripts' / NAME}")
    if runs():
        print(
            "maisynth: Reaper is open and would undo what is added to its toolbars: quit it, then say the same again "
            f"(or load {FIRST_ACTION} and the others yourself: Actions, New action, Load ReaScript)",
            file=sys.stderr,
        )
        return 1
    _add_actions(resources)
    return 0


def find_resources(platform: str, home: Path, environment: Mapping[str, str]) -> Path | None:
    """The first of the usual places that exists; None: Reaper never ran here, or is a portable installation."""
    return next((folder for folder in resource_folders(platform, home, environment) if folder.is_dir()), None)


def resource_folders(platform: str, home: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Where Reaper keeps its settings and scripts, on each system."""
    if platform == "win32":
        yield Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / "REAPER"
    elif platform == "darwin":
        yield home / "Library" / "Application Support" / "REAPER"
    else:
        yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "REAPER"


def destinations(resources: Path) -> list[tuple[Path, Path]]:
    """Every file that belongs into Reaper, and where it goes. Raises FileNotFoundError if the package lacks them."""
    source = shipped_file("reaper", FIRST_ACTION).parent
    files = [path for path in sorted(source.rglob("*")) if path.suffix in _FOLDER_OF]
    return [(path, resources / _FOLDER_OF[path.suffix] / NAME / path.relative_to(source)) for path in files]


def reaper_runs() -> bool:
    """Whether a Reaper is open, as far as this system tells."""
    command: Sequence[str] = _RUNNING.get(sys.platform, _RUNNING["linux"])
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "reaper" in told.stdout.casefold()


def _add_actions(resources: Path) -> None:
    actions = [path for _, path in destinations(resources) if path.name.startswith(f"{NAME}_")]
    paths = [f"{NAME}/{path.name}" for path in actions]
    keymap, ids = with_actions(_read(resources / KEYMAP), paths)
    _write(resources / KEYMAP, keymap)
    buttons = {ids[f"{NAME}/{NAME}_{label}.lua"]: label for label in BUTTONS}
    menus, number = with_toolbar(_read(resources / MENUS), NAME, buttons)
    _write(resources / MENUS, menus)
    print(f"{len(paths)} actions are in Reaper's list: press ? in Reaper and type {NAME}.")
    if number is None:
        print("All of Reaper's floating toolbars are taken: put the actions onto one of yours.")
    else:
        print(f"Their buttons are toolbar {number}: View, Toolbars, {NAME} (or Toolbar {number}).")


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""


def _write(path: Path, text: str) -> None:
    """Whole or not at all; what stood there before is kept beside it."""
    if text == _read(path):
        return
    if path.exists():
        shutil.copy2(path, path.with_name(f"{path.name}.before-{NAME}"))
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(text.encode("utf-8", "surrogateescape"))
    part.replace(path)


def _ask_for_resources() -> Path | None:
    return ask_for_folder(
        "Reaper's resource path is not in its usual place.\n"
        "Reaper shows it: Options, Show REAPER resource path; drop the folder here: "
    )


def _question(others: Sequence[Path]) -> str:
    return f"{others[0]} and {len(others) - 1} more are other files (older versions, or yours). Replace them?"


def _not_found(resources: Path | None) -> str:
    what = "Reaper's resource path was not found" if resources is None else f"there is no folder {resources}"
    return f"{what}: Reaper shows it (Options, Show REAPER resource path); give it with --resources FOLDER"
