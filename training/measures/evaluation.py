"""The measures of one or more sets of phrases, to be compared."""

from __future__ import annotations

from dataclasses import dataclass

from training.measures.full_measures import FullMeasures
from training.measures.morph_measure import Morph

# What sets are called.
TRAINING, HELD_OUT = "training", "held out"
RAW, PLAYED = "generated", "played"  # what a generator puts out, and what is left of it after min_note
GENERATED = (RAW, PLAYED)


class EvaluationError(ValueError):
    """Nothing can be measured; the message says what came, what was expected and what to do."""


@dataclass(frozen=True)
class MeasuredSet:
    """What was measured, such as "training" or "generated"; None is what was not."""

    name: str
    measures: FullMeasures
    novelty: float | None = None  # 5th percentile of the distances to the nearest training phrase, 0-1
    told: float | None = None  # how often a listener tells it from training songs, 0.5-1
    morph: Morph | None = None  # of the model


@dataclass(frozen=True)
class Evaluation:
    """Sets of phrases with the same tracks; the first is what the others are compared with."""

    source: str
    step: int | None  # of an experiment's checkpoint
    tracks: tuple[str, ...]
    drums: tuple[int, ...]  # which tracks are drums
    sets: tuple[MeasuredSet, ...]
    min_note: float = 0.0  # beats, of the set PLAYED

    @property
    def pair_names(self) -> tuple[str, ...]:
        """The pairs of pitched tracks that have a tonal distance."""
        return tuple(f"{self.tracks[a]}-{self.tracks[b]}" for a, b in self.sets[0].measures.pairs)


def drum_tracks(tracks: tuple[str, ...]) -> tuple[int, ...]:
    """The tracks that are drums by their names."""
    return tuple(index for index, name in enumerate(tracks) if name.casefold() in ("drums", "drum"))
