"""A folder of MIDI files to one file of phrases: `maisynth-train collect-data MIDI_FOLDER OUT.npz`."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from training.collecting.collected_file import BlockSpool, save_collected
from training.collecting.dask_cluster import ClusterError, dask_cluster
from training.collecting.families import FAMILIES
from training.collecting.gathering import CollectReport, Gathering
from training.collecting.phrase_blocks import Block, deflate, inflate
from training.collecting.reading import ReadFile, read_files
from training.data.phrase_file import PhraseRules, packed_size

MIDI_SUFFIXES = (".mid", ".midi")
ALL_CORES = -1


class CollectError(ValueError):
    """Nothing can be collected; the message says what came, what was expected and what to do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `maisynth-train collect-data`."""
    parser.add_argument("midi_folder", type=Path, metavar="MIDI_FOLDER", help="folder of .mid files, searched deep")
    parser.add_argument("out", type=Path, metavar="OUT.npz", help="the file of phrases to write")
    parser.add_argument(
        "--min-tracks", type=int, default=3, choices=range(1, len(FAMILIES) + 1), metavar="N",
        help="families that must play in a phrase, 1 to 5 (default 3)",
    )  # fmt: skip
    parser.add_argument("--hop", type=int, default=1, metavar="BARS", help="bars from phrase to phrase (default 1)")
    parser.add_argument("--bars", type=int, default=4, metavar="BARS", help="bars in a phrase (default 4)")
    parser.add_argument(
        "--jobs", type=int, default=ALL_CORES, metavar="N", help="processes (default: one for every core)"
    )
    parser.add_argument(
        "--dask", metavar="ADDRESS",
        help="read on the workers of this Dask scheduler, such as tcp://192.168.0.5:8786, rather than on this machine; "
        "they need maisynthesizer[train,cluster] and MIDI_FOLDER at the same path (a shared drive); one thread each is "
        "best (dask worker ADDRESS --nworkers -1 --nthreads 1)",
    )  # fmt: skip
    parser.add_argument(
        "--merge-families", action="store_true",
        help="let every track of a family sound, rather than the best one in each phrase",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Collect, write and report. Raises CollectError when nothing can be collected or written."""
    rules = PhraseRules(arguments.bars, arguments.hop, arguments.min_tracks, arguments.merge_families)
    if arguments.dask is not None and arguments.jobs != ALL_CORES:
        raise CollectError(f"--jobs is {arguments.jobs} with --dask, whose workers are counted already: leave it out")
    _check_folder(arguments.midi_folder)
    try:
        with dask_cluster(arguments.dask, arguments.midi_folder) if arguments.dask is not None else nullcontext():
            report = collect(arguments.midi_folder, arguments.out, rules, arguments.jobs)
    except ClusterError as error:
        raise CollectError(str(error)) from error
    print_report(report, Console())
    return 0


def collect(folder: Path, out: Path, rules: PhraseRules, jobs: int = ALL_CORES) -> CollectReport:
    """Every distinct phrase of the MIDI files in `folder`, written to `out`. Raises CollectError.

    The same folder gives the same file, whatever the number of jobs and wherever they run: `jobs` -1 is one process
    for every core; inside the caller's own joblib.parallel_config it is whatever that gives, a Dask cluster's workers
    for one. A large folder needs little more memory than a small one: phrases wait on disk beside OUT.
    """
    _check_options(rules, jobs)
    files = midi_files(folder)
    gathering = Gathering([printable(path.relative_to(folder).as_posix()) for path in files])
    try:
        # An OUT that cannot be written is known before the work, not after.
        if out.is_dir():
            raise CollectError(f"{out} is a folder, expected the name of a file to write: {out / 'phrases.npz'}")
        with tempfile.TemporaryFile(dir=out.parent) as stream:
            spool = BlockSpool(stream)
            for index, outcome in enumerate(_read([path.absolute() for path in files], rules, jobs)):
                if isinstance(outcome, str):
                    gathering.refuse(index, outcome)
                else:
                    new = gathering.take(index, outcome.digests, outcome.first_bar, outcome.active)
                    spool.append(_only(new, outcome.phrases))
            report = gathering.report()
            if not report.phrases:
                raise CollectError(_nothing_found(report, folder, rules))
            shape = (report.phrases, packed_size(rules.data_shape))
            shape_alone = np.broadcast_to(np.uint8(0), shape)
            save_collected(out, gathering.phrase_set(shape_alone, rules), spool)
    except OSError as error:
        raise CollectError(f"{out} cannot be written: {error.strerror or error}. Choose another OUT") from error
    return report


def _read(files: list[Path], rules: PhraseRules, jobs: int) -> Iterator[ReadFile | str]:
    """Of each file in turn its phrases, or why it has none, while the terminal shows how far it is."""
    try:
        yield from track(
            read_files(files, rules, jobs), description="Reading", total=len(files), transient=True,
            console=Console(stderr=True),
        )  # fmt: skip
    except BrokenProcessPool as error:
        raise CollectError(
            f"a process was ended from outside, most often for want of memory: try --jobs 1 ({error})"
        ) from error
    except OSError as error:
        raise CollectError(f"the processes that read cannot be reached: {error}") from error


def _only(wanted: NDArray[np.bool_], phrases: Block) -> Block:
    """The wanted ones of a file's phrases. Most often, they are all."""
    if wanted.all():
        return phrases
    rows = np.frombuffer(inflate(phrases), dtype=np.uint8).reshape(len(wanted), -1)
    return deflate(rows[wanted].tobytes())


def midi_files(folder: Path) -> list[Path]:
    """The MIDI files in a folder and the folders in it, sorted. Raises CollectError when there are none."""
    _check_folder(folder)
    files = [path for path in folder.rglob("*") if path.suffix.lower() in MIDI_SUFFIXES and path.is_file()]
    if not files:
        raise CollectError(f"{folder} has no .mid or .midi files, also not in its subfolders")
    return sorted(files, key=lambda path: path.relative_to(folder).as_posix())


def print_report(report: CollectReport, console: Console) -> None:
    """The report as a musician reads it."""
    for file, reason in report.refused.items():
        console.print(Text(f"left out: {file}: {reason}"), soft_wrap=True)
    for file, song in report.same_songs.items():
        console.print(Text(f"one song: {file} and {song}"), soft_wrap=True)
    table = Table("", "", show_header=False)
    table.add_row("files read", str(report.files))
    table.add_row("files left out", str(len(report.refused)))
    table.add_row("songs", str(report.songs))
    table.add_row("phrases", str(report.phrases))
    table.add_row("duplicates left out", str(report.duplicates))
    for active, phrases in sorted(report.by_active.items()):
        table.add_row(f"phrases with {active} families", str(phrases))
    for family, share in report.share_active.items():
        table.add_row(f"{family} play in", f"{share:.1%}")
    console.print(table)


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise CollectError(f"{folder} is not a folder, expected a folder of .mid files")


def _check_options(rules: PhraseRules, jobs: int) -> None:
    for option, value, highest in (("--bars", rules.bars, 16), ("--hop", rules.hop, 10_000)):
        if not 1 <= value <= highest:
            raise CollectError(f"{option} is {value}, expected 1 to {highest}")
    if not 1 <= rules.min_tracks <= len(FAMILIES):
        raise CollectError(f"--min-tracks is {rules.min_tracks}, expected 1 to {len(FAMILIES)}")
    if jobs == 0:
        raise CollectError("--jobs is 0, expected the number of processes, or -1 for one for every core")


def _nothing_found(report: CollectReport, folder: Path, rules: PhraseRules) -> str:
    reasons = "\n".join(f"  {file}: {reason}" for file, reason in report.refused.items())
    return (
        f"none of the {report.files} MIDI files in {folder} has a phrase of {rules.bars} bars of 4/4 in which "
        f"{rules.min_tracks} families play:\n{reasons}\nTry a lower --min-tracks, or other files"
    )


def printable(name: str) -> str:
    """A file name that any terminal and any file can hold."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)
