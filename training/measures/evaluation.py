"""The measures of one or more sets of phrases, to be compared: as a value, and as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from training.measures.full_measures import FullMeasures


class EvaluationError(ValueError):
    """Nothing can be measured; the message says what came, what was expected and what to do."""


@dataclass(frozen=True)
class MeasuredSet:
    """What was measured, such as "training" or "generated"."""

    name: str
    measures: FullMeasures


@dataclass(frozen=True)
class Evaluation:
    """Sets of phrases with the same tracks; the first is what the others are compared with."""

    source: str
    step: int | None  # of an experiment's checkpoint
    tracks: tuple[str, ...]
    drums: tuple[int, ...]  # which tracks are drums
    sets: tuple[MeasuredSet, ...]

    @property
    def pair_names(self) -> tuple[str, ...]:
        """The pairs of pitched tracks that have a tonal distance."""
        return tuple(f"{self.tracks[a]}-{self.tracks[b]}" for a, b in self.sets[0].measures.pairs)


def drum_tracks(tracks: tuple[str, ...]) -> tuple[int, ...]:
    """The tracks that are drums by their names."""
    return tuple(index for index, name in enumerate(tracks) if name.casefold() in ("drums", "drum"))


def write_evaluation(path: Path, evaluation: Evaluation) -> None:
    """Everything that was measured as JSON: rates are 0-1, null where nothing could be measured. Raises OSError."""
    found = {
        "source": evaluation.source,
        "step": evaluation.step,
        "tracks": evaluation.tracks,
        "drums": evaluation.drums,
        "pairs": evaluation.pair_names,
        "sets": {
            one.name: {
                **one.measures.to_mapping(),
                "distance": one.measures.summary.distance(evaluation.sets[0].measures.summary),
            }
            for one in evaluation.sets
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
