"""Collecting MIDI files, few and many, and beside pypianoroll: python -m benchmarks.collecting

Makes folders of distinct files from those of a corpus (each in other keys, and begun some half beats later) and runs
collect-data on each in a process of its own: memory is to stay flat, and time linear. Then reads the same files with
our reader and with pypianoroll's, file by file in turns, one process for both, and compares; the floor is symusic's
parse, with which our reader begins. 20,000 files take some minutes and 2 GB of disk; --files makes it less.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from symusic.core import NoteTickList, ScoreTick

from training.collecting.families import FAMILIES, family_of
from training.collecting.midi_rolls import MidiFileError, read_phrases
from training.collecting.phrase_blocks import deflate
from training.data.phrase_file import PhraseRules

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "free"
RULES = PhraseRules()
KEYS = range(-5, 7)  # semitones
HALF_BEATS = range(8)  # that a file begins later, so that none of its bars is a bar of another
PROMISED_RATIO = 20.0
PROMISED_MIB = 128.0  # more in any process, from the fewest files to the most
PROMISED_LINEAR = 1.25  # times the microseconds a file

# Imports and the start of the workers take the same time for any number of files: a few files go first.
_PROCESS = """
import json, resource, sys, time
from pathlib import Path
from joblib.externals.loky import get_reusable_executor
from training.collecting.collect import collect
from training.data.phrase_file import PhraseRules
few, folder, out, jobs = *map(Path, sys.argv[1:4]), int(sys.argv[4])
collect(few, out, PhraseRules(), jobs)
begin = time.perf_counter()
report = collect(folder, out, PhraseRules(), jobs)
seconds = time.perf_counter() - begin
get_reusable_executor().shutdown(wait=True)
peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps([report.phrases, seconds, *peaks]))
"""
_IMPORTS = """
import json, resource, training.collecting.collect
print(json.dumps([0, 0.0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0]))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A collection: phrases, seconds, and the most MiB that its process and the largest of its workers held at once."""

    phrases: int
    seconds: float
    parent: float
    worker: float


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, nargs="+", default=[100, 1000, 20_000], help="(default 100 1000 20000)")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="a folder of MIDI files to make them from")
    parser.add_argument("--against", type=int, default=100, help="files read beside pypianoroll (%(default)s)")
    parser.add_argument("--jobs", type=int, default=-1, help="of collect-data (default: one for every core)")
    parser.add_argument("--repeats", type=int, default=3, help="of everything; the median counts (%(default)s)")
    parser.add_argument("--folder", type=Path, help="where to work (default: the system's temporary folder)")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--compare", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.compare:
        return compare(sorted(arguments.compare.iterdir()), arguments.repeats)
    songs = sorted(arguments.corpus.rglob("*.mid"), key=lambda path: (path.stat().st_size, path))
    if not songs:
        parser.error(f"{arguments.corpus} has no .mid files: give a folder of them with --corpus")
    counts = sorted({16, arguments.against, *arguments.files})
    if not 1 <= counts[0] <= counts[-1] <= len(songs) * len(KEYS) * len(HALF_BEATS):
        parser.error(f"{len(songs)} songs make 1 to {len(songs) * len(KEYS) * len(HALF_BEATS)} files")
    if arguments.make:
        synthesise(songs, arguments.files[0], arguments.make)
        return 0
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folders = {count: Path(name) / str(count) for count in counts}
        for count, folder in folders.items():
            # In a process of its own, so that this one stays small: a child counts its parent's memory as its own.
            command = ["-m", "benchmarks.collecting", "--corpus", str(arguments.corpus), "--files", str(count)]
            subprocess.run([sys.executable, *command, "--make", str(folder)], check=True)
        kept = collect_all(folders, sorted(set(arguments.files)), arguments.jobs, arguments.repeats)
        command = ["-m", "benchmarks.collecting", "--repeats", str(arguments.repeats)]
        command += ["--compare", str(folders[arguments.against])]
        compared = subprocess.run([sys.executable, "-W", "ignore", *command], check=False)
    return 0 if kept and compared.returncode == 0 else 1


def synthesise(songs: Sequence[Path], count: int, folder: Path) -> None:
    """A folder of so many distinct files: of every song as many, or every so many-th song."""
    folder.mkdir()
    for song, files in itertools.groupby(range(count), key=lambda number: number * len(songs) // count):
        data = songs[song].read_bytes()
        for _, (key, later) in zip(files, itertools.product(KEYS, HALF_BEATS), strict=False):
            varied(ScoreTick.from_midi(data), key, later).dump_midi(folder / f"{song:05}{key:+}.{later}.mid")


def varied(score: ScoreTick, key: int, later: int) -> ScoreTick:
    """The score in another key, begun so many half beats later."""
    skipped = later * score.ticks_per_quarter // 2
    for track in score.tracks:
        notes = track.notes.numpy()
        time_, pitch = notes["time"] - skipped, notes["pitch"].astype(np.int64) + (0 if track.is_drum else key)
        left = (time_ >= 0) & (pitch >= 0) & (pitch < 128)
        columns = (time_, notes["duration"], pitch.astype(np.int8), notes["velocity"])
        track.notes = NoteTickList.from_numpy(*(column[left] for column in columns))
    return score


def collect_all(folders: dict[int, Path], counts: Sequence[int], jobs: int, repeats: int) -> bool:
    """Print what each number of files takes. Whether memory stays flat and time linear."""
    floor = _run(["-c", _IMPORTS])
    runs: dict[int, list[Run]] = {count: [] for count in counts}
    out = folders[16].with_suffix(".npz")
    for _, count in itertools.product(range(repeats), counts):
        runs[count].append(_run(["-c", _PROCESS, str(folders[16]), str(folders[count]), str(out), str(jobs)]))
    print(f"collect-data, {'a process for every core' if jobs < 0 else f'{jobs} processes'}, median of {repeats} runs")
    titles = {"files": 9, "phrases": 10, "seconds": 9, "files/s": 9, "phrases/s": 11, "us a file": 11, "MiB": 7}
    print("".join(f"{title:>{width}}" for title, width in titles.items()), " worker")
    print(f"{0:>9}{floor.parent:>57.0f}         the imports alone (floor)")
    micros, peaks = {}, {}
    for count, several in runs.items():
        phrases, seconds, parent, worker = (
            statistics.median(column) for column in zip(*map(dataclasses.astuple, several), strict=True)
        )
        micros[count], peaks[count] = seconds / count * 1e6, max(parent, worker)
        print(
            f"{count:>9}{phrases:>10.0f}{seconds:>9.1f}{count / seconds:>9.0f}{phrases / seconds:>11.0f}"
            f"{micros[count]:>11.0f}{parent:>7.0f}{worker:>8.0f}"
        )
    longer, larger = micros[counts[-1]] / micros[counts[0]], peaks[counts[-1]] - peaks[counts[0]]
    print(f"from {counts[0]} to {counts[-1]} files:")
    print(f"  a file takes {longer:.2f} times as long (promised < {PROMISED_LINEAR})")
    print(f"  the largest process holds {larger:.0f} MiB more (promised < {PROMISED_MIB:.0f})")
    return bool(longer < PROMISED_LINEAR and larger < PROMISED_MIB)


def _run(command: list[str]) -> Run:
    done = subprocess.run([sys.executable, *command], stdout=subprocess.PIPE, text=True, check=True)
    phrases, seconds, parent, worker = json.loads(done.stdout.splitlines()[-1])
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(phrases, seconds, parent * unit / 2**20, worker * unit / 2**20)


def compare(files: Sequence[Path], repeats: int) -> int:
    """Print how fast each reader is, all in this process. 0 if ours keeps its promise."""
    import pypianoroll  # here, for it takes a while and is not for the other processes

    def rolls(path: Path, **resolution: int) -> int:
        return len(pypianoroll_phrases(pypianoroll.read(path, **resolution)))

    def deflated(path: Path) -> int:
        phrases = read_phrases(path, RULES).phrases
        deflate(phrases.tobytes())
        return len(phrases)

    readers: dict[str, Callable[[Path], int]] = {
        "symusic's parse alone (floor)": lambda path: len(ScoreTick.from_midi(path.read_bytes()).tracks) * 0,
        "ours": lambda path: len(read_phrases(path, RULES).phrases),
        "ours, and deflated": deflated,
        "pypianoroll, read at 12": lambda path: rolls(path, resolution=12),
        "pypianoroll, set_resolution": rolls,
    }
    for read in readers.values():
        _phrases(read, files[0])
    seconds: dict[str, list[float]] = {name: [0.0] * repeats for name in readers}
    phrases = dict.fromkeys(readers, 0)
    for turn, path in itertools.product(range(repeats), files):
        for name, read in readers.items():
            begin = time.perf_counter()
            found = _phrases(read, path)
            seconds[name][turn] += time.perf_counter() - begin
            phrases[name] += found
    print(f"readers, one process, {len(files)} files, median of {repeats} runs")
    print(f"{'':<30}{'ms a file':>11}{'files/s':>9}{'phrases/s':>11}{'ours is faster':>16}")
    taken = {name: statistics.median(several) for name, several in seconds.items()}
    for name, total in taken.items():
        print(
            f"{name:<30}{total / len(files) * 1e3:>11.2f}{len(files) / total:>9.1f}"
            f"{phrases[name] / repeats / total:>11.0f}{total / taken['ours']:>14.1f} x"
        )
    ratio = min(total for name, total in taken.items() if "pypianoroll" in name) / taken["ours"]
    print(f"the faster way with pypianoroll takes {ratio:.1f} times as long (promised > {PROMISED_RATIO:.0f})")
    return 0 if ratio > PROMISED_RATIO else 1


def _phrases(read: Callable[[Path], int], path: Path) -> int:
    try:
        return read(path)
    except MidiFileError:
        return 0  # a song in another metre, for one; to see that is part of the work
    except Exception as error:  # whatever pypianoroll makes of a file
        print(f"{path.name}: {error}", file=sys.stderr)
        return 0


def pypianoroll_phrases(music: Any) -> NDArray[np.bool_]:
    """What a user of pypianoroll would do: families stacked, bars, windows of four in which three families sound."""
    if music.resolution != RULES.steps_per_beat:
        music.set_resolution(RULES.steps_per_beat)
    music.binarize()
    steps = music.get_max_length()
    cells = np.zeros((steps, RULES.pitches, len(FAMILIES)), dtype=np.bool_)
    for track in music.tracks:
        family = family_of(track.program, track.is_drum)
        if family is not None:
            roll = track.pianoroll[:, RULES.lowest_pitch : RULES.lowest_pitch + RULES.pitches]
            cells[: len(roll), :, family] |= roll
    bars = cells[: steps - steps % RULES.steps_per_bar].reshape(-1, *RULES.data_shape[1:])
    sounds: NDArray[np.bool_] = np.any(bars, axis=(1, 2))  # (bars, families)
    firsts = range(len(bars) - RULES.bars + 1)
    kept = [first for first in firsts if sounds[first : first + RULES.bars].any(axis=0).sum() >= RULES.min_tracks]
    return np.array([bars[first : first + RULES.bars] for first in kept], dtype=np.bool_)


if __name__ == "__main__":
    sys.exit(main())
