"""The original's training set to our store, its memory and time: python -m benchmarks.process_data

Makes a set of the original's shape, (102378, 4, 48, 84, 5) at 1.9 % of cells sounding, and converts it in processes of
their own: store to the original's sparse .npz, and that back to a store, which is the promise (peak below 2 GiB). Then
opens the store as training does. A full run takes some minutes and 4 GB of disk; --share makes it smaller.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.collecting.families import FAMILIES
from training.data.phrase_data import open_phrases
from training.data.phrase_file import pack_cells
from training.data.phrase_store import PHRASES_FILE, PhraseStoreWriter, open_store

PHRASES = 102_378
SHAPE = (4, 48, 84, 5)
NOTES, LONGEST = 240, 12  # notes a phrase, and steps of the longest: together 1.9 % of the cells
CHUNK = 200
PROMISED_GIB, PROMISED_SECONDS = 2.0, 1.0

_PROCESS = """
import argparse, sys
from training.data import process_data
parser = argparse.ArgumentParser()
process_data.add_arguments(parser)
sys.exit(process_data.run(parser.parse_args()))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a process: seconds, and the most memory it held at once in GiB."""

    seconds: float
    peak: float


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="of the phrases, 0-1 (%(default)s)")
    parser.add_argument("--folder", type=Path, help="where to work (default: the system's temporary folder)")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    count = max(1, round(PHRASES * arguments.share))
    if arguments.make:
        _make(arguments.make, count)
        return 0
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        made, sparse, back = (Path(name) / file for file in ("made.phrases", "train.npz", "back.phrases"))
        # In a process of its own, so that this one stays small: a child counts its parent's memory at the fork as its.
        _run(["-m", "benchmarks.process_data", "--make", str(made), "--share", str(arguments.share)])
        writing = _run(["-c", _PROCESS, str(made), str(sparse), "--sparse"])
        floor = _run(["-c", "import training.data.process_data"])
        reading = _run(["-c", _PROCESS, str(sparse), str(back)])
        equal = subprocess.run(["cmp", made / PHRASES_FILE, back / PHRASES_FILE], check=False).returncode == 0
        cells = count * int(np.prod(SHAPE))
        sounding = int(sum(np.bitwise_count(rows).sum(dtype=np.int64) for rows in _rows(back)))
        print(f"{count} phrases, {cells / 2**30:.2f} GiB of cells, {sounding / cells:.2%} sounding")
        print(f"sparse {_size(sparse):.2f} GiB ({sounding * 40 / 2**30:.2f} unpacked), store {_size(back):.2f} GiB")
        print(f"{'':<34}{'seconds':>9}{'peak GiB':>10}")
        print(f"{'the imports alone (floor)':<34}{floor.seconds:>9.1f}{floor.peak:>10.2f}")
        print(f"{'store to sparse .npz':<34}{writing.seconds:>9.1f}{writing.peak:>10.2f}")
        print(f"{'sparse .npz to store':<34}{reading.seconds:>9.1f}{reading.peak:>10.2f}   promised < {PROMISED_GIB}")
        before, begin = _own_memory(), time.perf_counter()
        phrases = open_phrases(back)
        seconds, after = time.perf_counter() - begin, _own_memory()
        grown = "not known here" if before is None or after is None else f"{(after - before) / 2**20:.1f} MiB"
        begin = time.perf_counter()
        phrases.unpack(np.random.default_rng(0).integers(0, count, 64))
        first_batch = time.perf_counter() - begin
        print(f"opened in {seconds * 1e3:.0f} ms (promised < {PROMISED_SECONDS * 1e3:.0f}), first batch of 64 in "
              f"{first_batch * 1e3:.0f} ms")  # fmt: skip
        is_map = isinstance(phrases.phrases, np.memmap)
        print(f"phrases: {'memory map' if is_map else 'COPY'}; memory of its own that opening took: {grown}")
        print(f"what came back is {'the same' if equal else 'NOT THE SAME'}")
        kept = equal and is_map and reading.peak < PROMISED_GIB and seconds < PROMISED_SECONDS
    return 0 if kept else 1


def _run(options: list[str]) -> Cost:
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, *options], stdout=subprocess.DEVNULL)
    # Like getrusage(RUSAGE_CHILDREN), of this child alone.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"a conversion failed with exit status {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(time.perf_counter() - begin, usage.ru_maxrss * unit / 2**30)


def _make(path: Path, count: int) -> None:
    random = np.random.default_rng(0)
    with PhraseStoreWriter(path, SHAPE, FAMILIES, SHAPE[1] // 4, 24) as writer:
        for first in range(0, count, CHUNK):
            song = np.arange(first, min(count, first + CHUNK), dtype=np.int32)
            writer.append(_notes(random, len(song)), song, np.zeros_like(song))
        writer.finish([f"song {number}" for number in range(count)])


def _notes(random: np.random.Generator, count: int) -> NDArray[np.uint8]:
    """Phrases of held notes, as music has them: packed."""
    bars, steps, pitches, tracks = SHAPE
    edges = np.zeros((count, bars * steps + LONGEST + 1, pitches, tracks), dtype=np.int8)
    phrase = np.repeat(np.arange(count), NOTES)
    start, pitch, track = (random.integers(0, high, count * NOTES) for high in (bars * steps, pitches, tracks))
    end = start + random.integers(1, LONGEST + 1, count * NOTES)
    np.add.at(edges, (phrase, start, pitch, track), 1)
    np.subtract.at(edges, (phrase, end, pitch, track), 1)
    cells = np.cumsum(edges, axis=1, dtype=np.int8)[:, : bars * steps] > 0
    return pack_cells(cells.reshape(count, *SHAPE))


def _rows(store: Path) -> list[NDArray[np.uint8]]:
    phrases = open_store(store).phrases
    return [phrases[first : first + 1000] for first in range(0, len(phrases), 1000)]


def _size(path: Path) -> float:
    return sum(file.stat().st_size for file in (path.iterdir() if path.is_dir() else (path,))) / 2**30


def _own_memory() -> int | None:
    """Bytes of this process that are in no file, where the system says so."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon")), None)


if __name__ == "__main__":
    sys.exit(main())
