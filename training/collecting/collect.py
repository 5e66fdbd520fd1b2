"""A folder of MIDI files to one file of phrases: `maisynth-train collect-data MIDI_FOLDER OUT.npz`."""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from training.collecting.families import FAMILIES
from training.collecting.midi_rolls import MidiFileError, read_phrases
from training.collecting.song_phrases import SongPhrases
from training.data.phrase_file import PhraseRules, PhraseSet, packed_size, save_phrases

MIDI_SUFFIXES = (".mid", ".midi")
SAME_SONG_SHARE = 0.5  # of the phrases of the shorter file, for two files to be versions of one song


class CollectError(ValueError):
    """Nothing can be collected; the message says what came, what was expected and what to do."""


@dataclass(frozen=True)
class CollectReport:
    """What became of the files of a folder and of their phrases. Files are named relative to the folder."""

    files: int
    phrases: int
    by_active: dict[int, int]  # number of active families: phrases
    share_active: dict[str, float]  # family: share of the phrases in which it is active, 0-1
    duplicates: int  # phrases left out because an earlier file has them
    songs: int
    same_songs: dict[str, str]  # file: the file whose song it is a version of
    refused: dict[str, str]  # file: why nothing was taken from it


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
    parser.add_argument("--jobs", type=int, default=-1, metavar="N", help="processes (default: one for every core)")
    parser.add_argument(
        "--merge-families", action="store_true",
        help="let every track of a family sound, rather than the best one in each phrase",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Collect, write and report. Raises CollectError when nothing can be collected or written."""
    rules = PhraseRules(arguments.bars, arguments.hop, arguments.min_tracks, arguments.merge_families)
    report = collect(arguments.midi_folder, arguments.out, rules, arguments.jobs)
    print_report(report, Console())
    return 0


def collect(folder: Path, out: Path, rules: PhraseRules, jobs: int = -1) -> CollectReport:
    """Every distinct phrase of the MIDI files in `folder`, written to `out`. Raises CollectError.

    The same folder gives the same file, whatever the number of jobs. `jobs` -1 is one process for every core.
    """
    _check_options(rules, jobs)
    files = midi_files(folder)
    names = [printable(path.relative_to(folder).as_posix()) for path in files]
    try:
        # Phrases wait on disk beside OUT, so that a large folder needs little memory; and an OUT that cannot be
        # written is known before the work, not after.
        if out.is_dir():
            raise CollectError(f"{out} is a folder, expected the name of a file to write: {out / 'phrases.npz'}")
        with tempfile.TemporaryFile(dir=out.parent) as spool:
            gathering = Gathering(names)
            for index, outcome in enumerate(_outcomes(files, rules, jobs)):
                if isinstance(outcome, str):
                    gathering.refuse(index, outcome)
                else:
                    spool.write(gathering.add(index, outcome))
            report = gathering.report()
            if not report.phrases:
                raise CollectError(_nothing_found(report, folder, rules))
            spool.flush()
            size = packed_size(rules.data_shape)
            packed = np.memmap(spool, dtype=np.uint8, mode="r", shape=(report.phrases, size))
            save_phrases(out, gathering.phrase_set(packed, rules))
            del packed  # Windows cannot close a file that is still mapped
    except BrokenProcessPool as error:
        raise CollectError(
            f"a process was ended from outside, most often for want of memory: try --jobs 1 ({error})"
        ) from error
    except OSError as error:
        raise CollectError(f"{out} cannot be written: {error.strerror or error}. Choose another OUT") from error
    return report


def midi_files(folder: Path) -> list[Path]:
    """The MIDI files in a folder and the folders in it, sorted. Raises CollectError when there are none."""
    if not folder.is_dir():
        raise CollectError(f"{folder} is not a folder, expected a folder of .mid files")
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


class Gathering:
    """Takes the files one by one, keeps what is new, and sees which files are versions of one song."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._refused: dict[str, str] = {}
        self._sizes: dict[int, int] = {}  # file: its distinct phrases
        self._owners: dict[bytes, list[int]] = {}  # digest of a phrase: the files that have it
        self._song_of = list(range(len(names)))  # file: an earlier file of the same song, or itself
        self._file: list[int] = []  # of each phrase kept
        self._first_bar: list[int] = []
        self._by_active: Counter[int] = Counter()
        self._active = np.zeros(len(FAMILIES), dtype=np.int64)
        self._duplicates = 0

    def refuse(self, index: int, reason: str) -> None:
        self._refused[self._names[index]] = reason

    def add(self, index: int, song: SongPhrases) -> bytes:
        """Take note of a file's phrases. The bytes of those that no earlier file has."""
        self._sizes[index] = len(song.phrases)
        shared: Counter[int] = Counter()
        fresh = []
        for phrase, first_bar, active in zip(song.phrases, song.first_bar.tolist(), song.active, strict=True):
            owners = self._owners.setdefault(hashlib.blake2b(phrase.tobytes(), digest_size=16).digest(), [])
            if owners:
                shared.update(owners)
                self._duplicates += 1
            else:
                fresh.append(phrase.tobytes())
                self._file.append(index)
                self._first_bar.append(first_bar)
                self._by_active[int(active.sum())] += 1
                self._active += active
            owners.append(index)
        for other, count in shared.items():
            if count >= SAME_SONG_SHARE * min(self._sizes[index], self._sizes[other]):
                self._join(index, other)
        return b"".join(fresh)

    def _join(self, one: int, other: int) -> None:
        first, second = sorted((self._root(one), self._root(other)))
        self._song_of[second] = first

    def _root(self, index: int) -> int:
        while self._song_of[index] != index:
            index = self._song_of[index]
        return index

    def _song_files(self) -> list[int]:
        return sorted({self._root(index) for index in self._sizes})

    def phrase_set(self, packed: NDArray[np.uint8], rules: PhraseRules) -> PhraseSet:
        song_files = self._song_files()
        number = {file: song for song, file in enumerate(song_files)}
        return PhraseSet(
            phrases=packed,
            data_shape=rules.data_shape,
            song=np.array([number[self._root(file)] for file in self._file], dtype=np.int32),
            songs=tuple(self._names[file] for file in song_files),
            first_bar=np.array(self._first_bar, dtype=np.int32),
            tracks=FAMILIES,
            steps_per_beat=rules.steps_per_beat,
            lowest_pitch=rules.lowest_pitch,
        )

    def report(self) -> CollectReport:
        phrases = len(self._file)
        return CollectReport(
            files=len(self._names),
            phrases=phrases,
            by_active=dict(sorted(self._by_active.items())),
            share_active={
                family: count / max(1, phrases) for family, count in zip(FAMILIES, self._active.tolist(), strict=True)
            },
            duplicates=self._duplicates,
            songs=len(self._song_files()),
            same_songs={
                self._names[file]: self._names[self._root(file)] for file in self._sizes if self._root(file) != file
            },
            refused=self._refused,
        )


def _outcomes(files: list[Path], rules: PhraseRules, jobs: int) -> Iterable[SongPhrases | str]:
    """Of each file in turn its phrases, or why it has none."""
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator")
    outcomes = parallel(joblib.delayed(_outcome)(path, rules) for path in files)
    return track(outcomes, description="Reading", total=len(files), transient=True, console=Console(stderr=True))


def _outcome(path: Path, rules: PhraseRules) -> SongPhrases | str:
    try:
        return read_phrases(path, rules)
    except MidiFileError as refusal:
        return str(refusal)


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
