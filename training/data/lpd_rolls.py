"""One multitrack piano roll of the Lakh Pianoroll Dataset (pypianoroll's .npz) to phrases, by the rules of a MIDI file.

Time there is symbolic, most often 24 steps a beat, so that a step serves as a tick. Files that pypianoroll wrote mark
the downbeats up to the last change of metre only; with a single one, the whole song is taken for 4/4 from there, as
all of the cleansed set is.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.collecting.families import DRUMS, family_of
from training.collecting.grid_notes import Ints, Region, TrackNotes
from training.collecting.midi_rolls import MAX_BARS, MAX_TRACKS, MidiFileError
from training.collecting.song_phrases import SongPhrases, song_phrases
from training.data.npy_stream import broken_file_named
from training.data.phrase_file import BEATS_PER_BAR, PhraseFileError, PhraseRules

MAX_UNPACKED_BYTES = 256 * 2**20
MAX_RESOLUTION = 960  # steps a beat
_PITCHES = 128


def read_lpd_phrases(path: Path, rules: PhraseRules) -> SongPhrases:
    """The distinct phrases of a multitrack file. Raises PhraseFileError or MidiFileError, with the reason."""
    with broken_file_named("not a piano roll of pypianoroll"):
        resolution, downbeats, tracks = _load(path)
    if not tracks:
        raise MidiFileError("no notes of the five families")
    song_end = max(int(track.end.max()) for track in tracks)
    if song_end > MAX_BARS * BEATS_PER_BAR * resolution:
        raise MidiFileError(f"more than {MAX_BARS} bars long")
    regions = [region for region in marked_regions(downbeats, song_end, resolution) if region.bars >= rules.bars]
    if not regions:
        raise MidiFileError(f"no {rules.bars} bars of 4/4 in a row")
    phrases = song_phrases(tracks, regions, resolution, rules)
    if phrases is None:
        raise MidiFileError(f"no {rules.bars} bars in which {rules.min_tracks} families play")
    return phrases


def marked_regions(downbeats: Ints, song_end: int, resolution: int) -> list[Region]:
    """The stretches in 4/4 between the steps of the downbeats: where they are four beats apart.

    With one downbeat, or none (then the first step is it), all is 4/4 to the song's end. After the last of many, one
    bar is: what is not marked beyond it has an unknown metre.
    """
    bar = BEATS_PER_BAR * resolution
    starts = downbeats.tolist() or [0]
    if len(starts) == 1:
        return [Region(starts[0], song_end, 0, max(0, math.ceil((song_end - starts[0]) / bar)))]
    four_four = [end - start == bar for start, end in itertools.pairwise(starts)]
    four_four.append(four_four[-1] and song_end > starts[-1])
    regions: list[Region] = []
    for number, (start, full) in enumerate(zip(starts, four_four, strict=True)):
        if not full:
            continue
        if regions and regions[-1].end == start:
            before = regions.pop()
            regions.append(Region(before.start, start + bar, before.first_bar, before.bars + 1))
        else:
            regions.append(Region(start, start + bar, number, 1))
    return regions


def _load(path: Path) -> tuple[int, Ints, list[TrackNotes]]:
    """Steps a beat, the steps of the downbeats, and the notes of every track of a family, in steps."""
    archive = np.load(path, allow_pickle=False)
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise PhraseFileError("a single array, expected the .npz of a multitrack piano roll")
    with archive:
        if archive.zip is not None and sum(member.file_size for member in archive.zip.infolist()) > MAX_UNPACKED_BYTES:
            raise PhraseFileError(f"larger than {MAX_UNPACKED_BYTES // 2**20} MiB when unpacked")
        if "info.json" not in archive:
            raise PhraseFileError(f"no info.json (it holds {sorted(archive)[:8]}): not a piano roll of pypianoroll")
        info = json.loads(bytes(archive["info.json"]))
        resolution = info.get("resolution", info.get("beat_resolution")) if isinstance(info, dict) else None
        if not isinstance(resolution, int) or not 1 <= resolution <= MAX_RESOLUTION:
            raise PhraseFileError(f"'resolution' in info.json is {resolution!r}, expected 1 to {MAX_RESOLUTION} steps")
        described = [info[str(index)] for index in range(MAX_TRACKS) if str(index) in info]
        tracks = [_track(index, track, archive) for index, track in enumerate(described)]
        downbeats = np.flatnonzero(archive["downbeat"]) if "downbeat" in archive else np.zeros(0, dtype=np.int64)
    return resolution, downbeats.astype(np.int64), [track for track in tracks if track is not None]


def _track(index: int, described: Any, archive: Mapping[str, NDArray[Any]]) -> TrackNotes | None:
    """The notes of a track: runs of sounding cells; of drums, every cell is a hit. None if it has none of a family."""
    where = f"track {index}"
    if not isinstance(described, dict) or not isinstance(described.get("program"), int):
        raise PhraseFileError(f"{where} in info.json is {described!r}, expected program, is_drum and name")
    family = family_of(described["program"], bool(described.get("is_drum")))
    if family is None:
        return None
    values, steps, columns, shape = (
        archive[f"pianoroll_{index}_csc_{part}"] for part in ("data", "indices", "indptr", "shape")
    )
    if tuple(shape.shape) != (2,) or int(shape[1]) != _PITCHES or columns.shape != (_PITCHES + 1,):
        raise PhraseFileError(f"{where} has the shape {shape.tolist()}, expected (steps, {_PITCHES})")
    if {values.ndim, steps.ndim} != {1} or not all(array.dtype.kind in "biuf" for array in (values, steps, columns)):
        raise PhraseFileError(
            f"{where}: its sparse arrays are {values.dtype} and {steps.dtype}, expected numbers in rows"
        )
    borders: Ints = columns.astype(np.int64)
    sizes = borders[1:] - borders[:-1]
    if borders[0] != 0 or sizes.min() < 0 or not sizes.sum() == len(steps) == len(values):
        raise PhraseFileError(f"{where}: its sparse arrays disagree in length")
    pitch, sounds = np.repeat(np.arange(_PITCHES, dtype=np.int64), sizes), values > 0
    pitch, step = pitch[sounds], steps.astype(np.int64)[sounds]
    if not len(step):
        return None
    if step.min() < 0 or step.max() >= shape[0]:
        raise PhraseFileError(f"{where} has steps {step.min()} to {step.max()}, expected 0 to {int(shape[0]) - 1}")
    if family == DRUMS:
        return TrackNotes(family, pitch, step, step + 1)
    order = np.lexsort((step, pitch))
    pitch, step = pitch[order], step[order]
    begins = np.ones(len(step), dtype=np.bool_)
    begins[1:] = (np.diff(pitch) != 0) | (np.diff(step) > 1)
    ends = np.append(begins[1:], True)
    return TrackNotes(family, pitch[begins], step[begins], step[ends] + 1)
