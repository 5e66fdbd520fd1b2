"""The key a phrase is in, as far as its notes say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.key_fit import MAJOR_KEYS, RELATIVE_MINOR
from training.measures.chroma import CLASSES, pitch_classes
from training.measures.ratios import Values
from training.measures.track_measures import Cells

NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
BASS_WEIGHT = 2.0  # of the lowest note of a step, for the choice between a major key and its relative minor


@dataclass(frozen=True)
class Key:
    """`tonic` 0-11 from C; `share` (0-1) of the sounding steps whose pitch class is in the key."""

    tonic: int
    is_minor: bool
    share: float

    def __str__(self) -> str:
        return f"{NAMES[self.tonic]} {'minor' if self.is_minor else 'major'}"


def key_of(cells: Cells, pitched: list[int], lowest_pitch: int) -> Key | None:
    """The major or natural minor key with the most of a phrase's notes; None without a note.

    `cells` is (bars, steps, pitches, tracks), `pitched` the tracks that are no drums, `lowest_pitch` the MIDI number of
    pitch 0. Of the two keys with the same notes, the one whose tonic triad sounds more, and is more in the lowest
    voice.
    """
    notes: Cells = np.asarray(cells[..., pitched].any(axis=3))  # (bars, steps, pitches)
    if not notes.any():
        return None
    counts = np.roll(_classes(notes), lowest_pitch)
    lowest = np.zeros_like(notes)
    sounding = notes.any(axis=2)
    lowest[sounding, notes.argmax(axis=2)[sounding]] = True
    weights = counts + BASS_WEIGHT * np.roll(_classes(lowest), lowest_pitch)
    inside = MAJOR_KEYS @ counts
    # Keys a fifth apart may share all the notes of a phrase: then the tonic's own weight decides.
    best = max(range(CLASSES), key=lambda key: (inside[key], max(_triad(weights, key, 4), _triad(weights, key + 9, 3))))
    minor = (best + RELATIVE_MINOR) % CLASSES
    is_minor = _triad(weights, minor, 3) > _triad(weights, best, 4)
    return Key(minor if is_minor else best, is_minor, float(inside[best] / counts.sum()))


def _classes(notes: Cells) -> Values:
    return pitch_classes(notes.sum(axis=(0, 1))[:, None])[:, 0].astype(np.float64)


def _triad(weights: Values, tonic: int, third: int) -> float:
    return float(2.0 * weights[tonic % CLASSES] + weights[(tonic + third) % CLASSES] + weights[(tonic + 7) % CLASSES])
