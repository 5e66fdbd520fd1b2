"""maisynth latents: list saved latents, and move them between machines. A bridge may run meanwhile."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bridge.library.iso_time import to_iso
from bridge.library.latent_json import TransferError
from bridge.library.latents import IfTaken, LatentLibrary
from bridge.library.saved_latent import LatentSummary, SavedLatent
from bridge.library.storage_errors import LatentExists, StorageError, UnknownLatent
from bridge.library.transfer import read_latents, write_latents
from bridge.paths import default_library

DESCRIPTION = "List saved latents, and move them between machines in a file of JSON. A bridge may run meanwhile."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The three commands and their options."""
    parser.description = DESCRIPTION
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    action = actions.add_parser("list", help="when each was saved, the beginning of its model's hash, and its name")
    _add_library(action)

    action = actions.add_parser("export", help="write latents to a file")
    action.add_argument("file", metavar="FILE", help="where to (a file that is there is replaced); -: standard output")
    action.add_argument("names", nargs="*", metavar="NAME", help="which ones (all)")
    _add_library(action)

    action = actions.add_parser("import", help="take latents over from a file: all of them, or none")
    action.add_argument("file", metavar="FILE", help="what export wrote; -: standard input")
    policy = action.add_mutually_exclusive_group()
    for name, meaning in (("replace", "replace those here"), ("keep", "keep those here, leave out the file's")):
        policy.add_argument(
            f"--{name}",
            dest="if_taken",
            action="store_const",
            const=name,
            help=f"of latents whose names are taken, {meaning} (without it nothing is imported)",
        )
    _add_library(action)


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit status. Raises StorageError and OSError."""
    library: Path = arguments.library
    try:
        if arguments.action == "list":
            return _list(library)
        if arguments.action == "export":
            return _export(library, arguments.file, arguments.names)
        return _import(library, arguments.file, arguments.if_taken or "refuse")
    except (TransferError, UnknownLatent) as problem:
        print(f"maisynth: {problem}", file=sys.stderr)
        return 1
    except LatentExists as problem:
        print(f"maisynth: {problem}: nothing was imported; say --replace or --keep", file=sys.stderr)
        return 1


def _add_library(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--library", type=Path, default=default_library(), metavar="PATH", help="file of saved latents (%(default)s)"
    )


def _list(path: Path) -> int:
    with LatentLibrary.of_existing(path) as library:
        for summary in library.summaries():
            print(_printable(f"{_date(summary)}  {summary.model_hash[:12]:12}  {summary.name}"))
    return 0


def _export(path: Path, file: str, names: Sequence[str]) -> int:
    damaged: list[str] = []
    with LatentLibrary.of_existing(path) as library:
        latents = _readable(library, list(dict.fromkeys(names)) or library.names(), damaged)
        if file == "-":
            count = write_latents(latents, sys.stdout.buffer)
            sys.stdout.flush()
        else:
            count = _write_file(latents, Path(file))
    for problem in damaged:
        print(f"maisynth: left out: {problem}", file=sys.stderr)
    print(f"exported {_counted(count)}{'' if file == '-' else f' to {file}'}", file=sys.stderr)
    return 1 if damaged else 0


def _import(path: Path, file: str, if_taken: IfTaken) -> int:
    if file == "-":
        latents = read_latents(sys.stdin.buffer)
    else:
        with Path(file).open("rb") as opened:
            latents = read_latents(opened)
    opened_library = LatentLibrary.of_existing(path) if path.exists() else LatentLibrary(path)
    with opened_library as library:
        taken = library.save_all(latents, if_taken)
    saved = len(latents) - (len(taken) if if_taken == "keep" else 0)
    about_taken = f" ({len(taken)} {'replaced' if if_taken == 'replace' else 'left out'})" if taken else ""
    print(f"imported {_counted(saved)}{about_taken}", file=sys.stderr)
    return 0


def _readable(library: LatentLibrary, names: Sequence[str], damaged: list[str]) -> Iterator[SavedLatent]:
    """The latents one by one; what is wrong with the others goes into `damaged`."""
    for name in names:
        try:
            yield library.get(name)
        except StorageError as problem:
            damaged.append(str(problem))


def _write_file(latents: Iterator[SavedLatent], path: Path) -> int:
    """Replaces the file once the new one is whole."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as out:
            count = write_latents(latents, out)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return count


def _counted(count: int) -> str:
    return f"{count} latent{'' if count == 1 else 's'}"


def _date(summary: LatentSummary) -> str:
    try:
        return f"{to_iso(summary.saved_at)[:19]}Z"
    except ValueError:
        return f"{'unknown date':20}"


def _printable(text: str) -> str:
    """What the terminal has no letters for, written with backslashes."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
