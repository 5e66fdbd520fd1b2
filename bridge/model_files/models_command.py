"""`maisynth models`: what can be loaded, and which files cannot and why."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Column, Table

from bridge.clock import now
from bridge.model_files.catalogue import ModelCatalogue
from bridge.model_files.model_file import ModelFile
from bridge.paths import models_folder

_BYTES_A_MB = 1e6
_SHOWN_HASH = 12


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--models", type=Path, default=models_folder(), help="folder of exports (%(default)s)")


def run(arguments: argparse.Namespace) -> int:
    return show_models(arguments.models, Console())


def show_models(folder: Path, console: Console) -> int:
    """Print the models of the folder and the embedded one. Returns the exit status: 1 if the folder is unreadable."""
    catalogue = ModelCatalogue(folder)
    catalogue.refresh(now())
    console.print(models_screen(catalogue))
    return 1 if catalogue.problem else 0


def models_screen(catalogue: ModelCatalogue) -> RenderableType:
    """A table of what can be loaded, then a sentence a file that cannot, then where models belong."""
    files = catalogue.files()
    parts: list[RenderableType] = [_table(file for file in files if file.problem is None)]
    parts += [f"[red]{escape(file.problem)}[/red]" for file in files if file.problem is not None]
    if catalogue.problem:
        parts.append(f"[red]{escape(catalogue.problem)}[/red]")
    parts.append(f"Exports in {escape(str(catalogue.folder))} appear here, and in a running bridge within two seconds.")
    return Group(*parts)


def _table(files: Iterable[ModelFile]) -> Table:
    whole = ("size", "hash", "when")  # these mean nothing when they are cut off
    names = ("name", "tracks", "bars", "size", "hash", "licence", "when")
    columns = [Column(name, no_wrap=name in whole, overflow="fold", min_width=len(name)) for name in names]
    table = Table(*columns, box=SIMPLE)
    for file in files:
        contract = file.contract
        assert contract is not None
        tracks = ", ".join(track.name for track in contract.tracks)
        metre = "" if contract.beats_per_bar == 4 else f" of {contract.beats_per_bar}/4"
        when = datetime.fromtimestamp(file.modified).strftime("%Y-%m-%d %H:%M")
        size, short_hash = f"{file.size / _BYTES_A_MB:.1f} MB", contract.model_hash[:_SHOWN_HASH]
        cells = (file.name, tracks, f"{contract.bars}{metre}", size, short_hash, contract.licence, when)
        table.add_row(*map(escape, cells))
    return table
