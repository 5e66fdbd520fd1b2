"""What a generator of phrases should reach, as a table, and whether it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, isnan, nan
from typing import Literal

from training.measures.evaluation import GENERATED, HELD_OUT, TRAINING, Evaluation, MeasuredSet
from training.measures.morph_measure import Morph
from training.measures.ratios import PerTrack

Place = Literal["track", "pitched track", "bass", "pair", "phrases"]
Figure = float | None  # None: not measured this time; nan: there was nothing to measure
Figures = Callable[[MeasuredSet, MeasuredSet], Sequence[Figure]]  # of a set beside the first: one a place


@dataclass(frozen=True)
class Bound:
    """What is allowed: `low` to `high`, counted from the figure of the set `of`, or from 0."""

    low: float = -inf
    high: float = inf
    of: str | None = None


@dataclass(frozen=True)
class Goal:
    """A measure: its title, where it is found in a set (and the first set), what is allowed, and how it is written."""

    title: str
    figures: Figures
    place: Place
    bound: Bound
    scale: float = 1.0
    digits: int = 1


@dataclass(frozen=True)
class Judged:
    """A goal at one place: what is allowed there, the figure of each set, and whether each generated one meets it."""

    goal: Goal
    place: str  # a track or pair; empty for the whole
    low: float  # -inf and inf where there is no limit; nan where what it is counted from was not measured
    high: float
    figures: dict[str, Figure]
    met: dict[str, bool | None]  # None: cannot be said

    @property
    def title(self) -> str:
        return f"{self.goal.title} {self.place}".rstrip()


def judge(evaluation: Evaluation) -> tuple[Judged, ...]:
    """Every goal at every place, in the order of GOALS; none where no generated set stands beside training songs."""
    names = {one.name for one in evaluation.sets}
    if TRAINING not in names or not names & set(GENERATED):
        return ()
    return tuple(
        _judged(evaluation, goal, index, name) for goal in GOALS for index, name in places(evaluation, goal.place)
    )


def places(evaluation: Evaluation, place: Place) -> list[tuple[int, str]]:
    """The places of a kind: where their figures stand, and their names."""
    tracks = list(enumerate(evaluation.tracks))
    return {
        "track": tracks,
        "pitched track": [one for one in tracks if one[0] not in evaluation.drums],
        "bass": [one for one in tracks if one[1].casefold() == "bass"],
        "pair": list(enumerate(evaluation.pair_names)),
        "phrases": [(0, "")],
    }[place]


def is_met(figure: Figure, real: Figure, low: float, high: float) -> bool | None:
    """Whether `figure` lies in low to high; None where it was not measured, where `real` music has nothing to measure
    either, and where there is nothing to keep to. nan misses: real music sounds there, and this does not."""
    has_no_limit = low == -inf and high == inf
    if figure is None or has_no_limit or isnan(low) or isnan(high) or (isnan(figure) and (real is None or isnan(real))):
        return None
    return low <= figure <= high


def _judged(evaluation: Evaluation, goal: Goal, index: int, name: str) -> Judged:
    figures = {one.name: goal.figures(one, evaluation.sets[0])[index] for one in evaluation.sets}
    base: Figure = 0.0 if goal.bound.of is None else figures.get(goal.bound.of)
    base = nan if base is None else base
    low, high = (limit if abs(limit) == inf else base + limit for limit in (goal.bound.low, goal.bound.high))
    met = {one: is_met(figures[one], figures[TRAINING], low, high) for one in GENERATED if one in figures}
    return Judged(goal, name, low, high, figures, met)


def _of_training(low: float, high: float) -> Bound:
    return Bound(low, high, TRAINING)


def _variety(one: MeasuredSet, training: MeasuredSet) -> PerTrack:
    real = training.measures.summary.variety
    return (one.measures.summary.variety / real if real else nan,)


def _morph(figure: Callable[[Morph], float]) -> Figures:
    return lambda one, _: (None if one.morph is None else figure(one.morph),)


GOALS: tuple[Goal, ...] = (
    Goal("QN %", lambda one, _: one.measures.summary.qualified_notes, "pitched track", Bound(low=0.85), 100),
    Goal("EB %", lambda one, _: one.measures.summary.empty_bars, "track", _of_training(-0.05, 0.05), 100),
    Goal("UPC", lambda one, _: one.measures.summary.pitch_classes, "pitched track", _of_training(-0.7, 0.7), 1, 2),
    Goal("PP %", lambda one, _: one.measures.summary.polyphony, "bass", Bound(high=0.08), 100),
    Goal("DP %", lambda one, _: (one.measures.summary.drum_pattern,), "phrases", Bound(low=0.9), 100),
    Goal("TD", lambda one, _: one.measures.tonal_distance, "pair", _of_training(-0.15, 0.15), 1, 2),
    Goal("variety %", _variety, "phrases", Bound(low=0.8), 100),
    Goal("novelty", lambda one, _: (one.novelty,), "phrases", Bound(low=0.0, of=HELD_OUT), 1, 2),
    Goal("told from real %", lambda one, _: (one.told,), "phrases", Bound(high=0.75), 100),
    Goal("morph change %", _morph(lambda morph: morph.change), "phrases", Bound(high=0.04), 100),
    Goal("morph scale", _morph(lambda one: one.in_scale - one.at_ends), "phrases", Bound(-0.05, 0.05), 1, 2),
    Goal(
        "distance",
        lambda one, training: (one.measures.summary.distance(training.measures.summary),),
        "phrases", Bound(), 1, 3,
    ),
)  # fmt: skip
