"""What a model has to pass before a band plays it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.clock import Now
from bridge.contract import ModelContract
from bridge.engine.band import PlaysBars
from bridge.engine.latents import Latent, draw_latent
from bridge.generator import BadModel

LATENTS = 4
BARS_ALONE = 16  # of each phrase, at most: a model may have thousands
TIMED_RUNS = 5
SLOWEST_BAR_SECONDS = 1.0  # a bar of four beats at 240 a minute: a slower model is behind in every song

# How far two ways to compute the same bar may lie apart, as a share of the value range's half. A GPU rounds products
# to ten bits (TF32), or does not, as the number of bars decides.
_TOLERANCE = {"CPUExecutionProvider": 1e-4}
_TOLERANCE_ELSEWHERE = 1e-2
_SAME = 1e-6  # phrases nearer than this share are one and the same
_OUT_OF_RANGE = 1e-3
_TRUNCATIONS = (0.1, 100.0)  # a narrower one is drawn for minutes


class Overtaken(Exception):
    """The test was broken off: nobody waits for its result any more."""


@dataclass(frozen=True, slots=True)
class SelfTest:
    """A passed test. Times are medians in milliseconds; notes are sentences for the musician."""

    bar_ms: float
    phrase_ms: float
    largest_difference: float  # between two ways to compute the same bar, in the contract's value_range
    notes: tuple[str, ...] = ()


def self_test(generator: PlaysBars, now: Now, overtaken: Callable[[], bool] = lambda: False) -> SelfTest:
    """Plays a few latents. Raises BadModel with the first thing that is wrong, Overtaken when `overtaken` says so.

    Checked: values are finite and in the contract's range, a second run and each bar alone give the same, phrases
    change within themselves and with the latent, a bar takes less than SLOWEST_BAR_SECONDS.
    """
    contract = generator.contract
    low, high = _TRUNCATIONS
    if not low <= contract.latent.truncation <= high:
        raise BadModel(f"its latents are cut at {contract.latent.truncation:g}, expected {low:g} to {high:g}")
    bars = list(range(contract.bars))
    alone = bars[:: -(-len(bars) // BARS_ALONE)]
    latents = [draw_latent(contract, seed) for seed in range(LATENTS)]
    phrases: list[NDArray[np.float32]] = []
    largest = 0.0
    for latent in latents:
        if overtaken():
            raise Overtaken
        phrase = generator(latent, bars)
        _check_values(phrase, contract)
        largest = max(largest, _check_again(generator, latent, phrase, bars, alone))
        phrases.append(phrase)
    _check_variety(phrases, contract)
    bar_seconds = _median_seconds(generator, latents[0], bars[:1], now)
    if not bar_seconds < SLOWEST_BAR_SECONDS:
        raise BadModel(f"a bar takes {bar_seconds:.1f} s to compute, expected less than {SLOWEST_BAR_SECONDS:g} s")
    notes = []
    if not any((phrase > contract.cell_threshold).any() for phrase in phrases):
        notes.append(f"at its threshold of {contract.threshold:g} it is silent: lower the threshold to hear it")
    phrase_seconds = _median_seconds(generator, latents[0], bars, now)
    return SelfTest(bar_seconds * 1e3, phrase_seconds * 1e3, largest, tuple(notes))


def _check_values(phrase: NDArray[np.float32], contract: ModelContract) -> None:
    low, high = contract.value_range
    margin = _OUT_OF_RANGE * (high - low)
    if not np.isfinite(phrase).all():
        raise BadModel("it computes values that are no numbers (NaN or infinite)")
    lowest, highest = float(phrase.min()), float(phrase.max())
    if lowest < low - margin or highest > high + margin:
        raise BadModel(f"its values go from {lowest:.3g} to {highest:.3g}, its contract says {low:g} to {high:g}")


def _check_again(
    generator: PlaysBars, latent: Latent, phrase: NDArray[np.float32], bars: Sequence[int], alone: Sequence[int]
) -> float:
    """The largest difference between the phrase, the same phrase again, and its bars computed one by one."""
    low, high = generator.contract.value_range
    allowed = _TOLERANCE.get(generator.provider, _TOLERANCE_ELSEWHERE) * (high - low) / 2
    difference = _difference(generator(latent, bars), phrase)
    if not difference <= allowed:
        raise BadModel(f"the same latent gives another phrase each time (up to {difference:.2g} apart)")
    for bar in alone:
        apart = _difference(generator(latent, [bar])[0], phrase[bar])
        if not apart <= allowed:
            raise BadModel(
                f"bar {bar} computed alone differs from bar {bar} of the phrase by {apart:.2g}, "
                f"expected at most {allowed:.0e}"
            )
        difference = max(difference, apart)
    return difference


def _check_variety(phrases: Sequence[NDArray[np.float32]], contract: ModelContract) -> None:
    low, high = contract.value_range
    least = _SAME * (high - low)
    if all(float(np.ptp(phrase)) <= least for phrase in phrases):
        raise BadModel("all cells of its phrases have the same value: it has learnt nothing, or its weights are gone")
    if all(_difference(phrase, phrases[0]) <= least for phrase in phrases[1:]):
        raise BadModel("it plays the same phrase whatever the latent: its training has collapsed")


def _difference(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.abs(one - other).max())


def _median_seconds(generator: PlaysBars, latent: Latent, bars: Sequence[int], now: Now) -> float:
    times = []
    for _ in range(TIMED_RUNS):
        started = now()
        generator(latent, bars)
        times.append(now() - started)
    return statistics.median(times)
