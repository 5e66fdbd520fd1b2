"""Phrases from one format to another, in little memory: `maisynth-train process-data IN OUT`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from training.collecting.families import FAMILIES
from training.data.phrase_file import PhraseFileError, PhraseRules
from training.data.phrase_readers import Reading, open_source
from training.data.phrase_source import OnChunk, Unsaid
from training.data.phrase_store import STORE_SUFFIX
from training.data.phrase_writers import WRITERS


class ProcessError(ValueError):
    """Nothing can be converted; the message says what came, what was expected and what to do."""


@dataclass(frozen=True)
class ProcessReport:
    """What was written. `refused`: the files of a folder that gave nothing, and why."""

    out: Path
    phrases: int
    songs: int
    data_shape: tuple[int, int, int, int]
    bytes_on_disk: int
    refused: Mapping[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `maisynth-train process-data`."""
    parser.add_argument(
        "source", type=Path, metavar="IN",
        help="an .npz of collect-data, the original's .npz of 'shape' and 'nonzero', a .npy, a .phrases store, "
        "or a folder of pypianoroll .npz files, one a song",
    )  # fmt: skip
    parser.add_argument(
        "out", type=Path, metavar="OUT",
        help=".phrases: the store that training opens at once; .npz: as collect-data writes it; .npy: all cells",
    )  # fmt: skip
    parser.add_argument("--sparse", action="store_true", help="write the .npz in the original's form")
    parser.add_argument("--replace", action="store_true", help="replace OUT if there is one")
    alone = parser.add_argument_group("where IN is the original's .npz or a .npy, which name no songs")
    alone.add_argument(
        "--phrases-per-song", type=int, default=1, metavar="N",
        help="take every N phrases in a row for a song (default 1). Songs are held out whole: where neighbours "
        "overlap, as they do in the original's set, a small N holds out phrases that sound like those trained on",
    )  # fmt: skip
    alone.add_argument("--lowest-pitch", type=int, default=24, metavar="N", help="MIDI number of pitch 0 (default 24)")
    rolls = parser.add_argument_group("where IN is a folder of piano rolls")
    rolls.add_argument(
        "--min-tracks", type=int, default=3, choices=range(1, len(FAMILIES) + 1), metavar="N",
        help="families that must play in a phrase, 1 to 5 (default 3)",
    )  # fmt: skip
    rolls.add_argument("--hop", type=int, default=1, metavar="BARS", help="bars from phrase to phrase (default 1)")
    rolls.add_argument("--bars", type=int, default=4, metavar="BARS", help="bars in a phrase (default 4)")
    rolls.add_argument("--jobs", type=int, default=-1, metavar="N", help="processes (default: one for every core)")
    rolls.add_argument(
        "--merge-families", action="store_true",
        help="let every track of a family sound, rather than the best one in each phrase",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Convert, and report. Raises ProcessError, PhraseFileError and OSError."""
    for option, value, highest in (
        ("--phrases-per-song", arguments.phrases_per_song, 1_000_000),
        ("--bars", arguments.bars, 16),
        ("--hop", arguments.hop, 10_000),
    ):
        if not 1 <= value <= highest:
            raise ProcessError(f"{option} is {value}, expected 1 to {highest}")
    if arguments.jobs == 0:
        raise ProcessError("--jobs is 0, expected the number of processes, or -1 for one for every core")
    with _progress() as progress:
        files, writing = progress.add_task("Reading files", visible=False), progress.add_task("Writing", visible=False)

        def on_chunk(total: int) -> OnChunk:
            progress.update(writing, total=total, visible=True)
            return lambda more: progress.advance(writing, more)

        reading = Reading(
            unsaid=Unsaid(arguments.phrases_per_song, arguments.lowest_pitch),
            rules=PhraseRules(arguments.bars, arguments.hop, arguments.min_tracks, arguments.merge_families),
            scratch=arguments.out.absolute().parent,
            jobs=arguments.jobs,
            on_file=lambda done, of: progress.update(files, completed=done, total=of, visible=True),
        )
        report = process(arguments.source, arguments.out, reading, arguments.sparse, arguments.replace, on_chunk)
    print_report(report, Console())
    return 0


def process(
    source: Path,
    out: Path,
    reading: Reading,
    sparse: bool = False,
    replace: bool = False,
    on_chunk: Callable[[int], OnChunk] = lambda _total: lambda _more: None,
) -> ProcessReport:
    """Convert `source` to `out`, whole or not at all. Raises ProcessError, PhraseFileError and OSError.

    `out` ends in .phrases, .npy or .npz, the last `sparse` or not; it may exist only if it may be replaced. on_chunk is
    given the number of phrases, and returns what hears how many more are done.
    """
    write = WRITERS.get((out.suffix, sparse))
    if write is None:
        raise ProcessError(
            f"OUT is {out}{' with --sparse' if sparse else ''}, expected a name that ends in .phrases, .npy or .npz, "
            "--sparse with .npz alone"
        )
    if out.exists():
        if not replace:
            raise ProcessError(f"{out} exists: choose another name, or --replace it")
        if source.exists() and out.samefile(source):
            raise ProcessError(f"{out} is both IN and OUT: choose another name")
        if out.is_dir() and out.suffix != STORE_SUFFIX:
            raise ProcessError(f"{out} is a folder: choose another name")
    if not out.absolute().parent.is_dir():
        raise ProcessError(f"{out.absolute().parent} is not a folder: make it first")
    with open_source(source, reading) as phrases:
        if not len(phrases):
            raise PhraseFileError(f"{source} has no phrases")
        write(out, phrases, on_chunk(len(phrases)))
        return ProcessReport(
            out=out,
            phrases=len(phrases),
            songs=len(phrases.songs),
            data_shape=phrases.data_shape,
            bytes_on_disk=sum(file.stat().st_size for file in (out.iterdir() if out.is_dir() else (out,))),
            refused=phrases.refused,
        )


def print_report(report: ProcessReport, console: Console) -> None:
    """The report as a musician reads it."""
    for file, reason in report.refused.items():
        console.print(Text(f"left out: {file}: {reason}"), soft_wrap=True)
    table = Table("", "", show_header=False)
    table.add_row("written", str(report.out))
    table.add_row("phrases", str(report.phrases))
    table.add_row("songs", str(report.songs))
    table.add_row("bars, steps, pitches, tracks", " x ".join(map(str, report.data_shape)))
    table.add_row("size", f"{report.bytes_on_disk / 2**20:.1f} MiB")
    console.print(table)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
