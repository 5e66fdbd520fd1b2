"""maisynth install PROGRAM: puts what belongs into a DAW where that DAW looks for it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.install import live, reaper

DESCRIPTION = "Put the device or the script where the DAW looks for it. Another file is replaced only if you say so."


@dataclass(frozen=True, slots=True)
class Installer:
    """One program's way: `run` returns the exit status, and may raise OSError."""

    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


INSTALLERS: Mapping[str, Installer] = {
    "live": Installer(live.HELP, live.add_arguments, live.run),
    "reaper": Installer(reaper.HELP, reaper.add_arguments, reaper.run),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One command for each program of the table."""
    parser.description = DESCRIPTION
    programs = parser.add_subparsers(dest="program", required=True, metavar="PROGRAM")
    for name, installer in INSTALLERS.items():
        installer.add_arguments(programs.add_parser(name, help=installer.help, description=installer.help))


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit status. Raises OSError."""
    return INSTALLERS[arguments.program].run(arguments)
