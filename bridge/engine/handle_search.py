"""Brings a latent nearer to given notes, all handles at once: each moves notes of its own, so each is judged by them.

A (1+1) evolution strategy a handle: a step that brings its notes nearer is taken and the next one is longer, after
one that does not it is shorter. One phrase played judges a step of every track and bar, where a search that knows of no
handles judges one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.engine.band import PlaysBars
from bridge.engine.handles import Values, bar_values, common_values, track_values
from bridge.engine.latents import Latent
from bridge.engine.likeness import Likeness
from bridge.pianoroll import Roll

FIRST_STEP, SHORTEST_STEP, LONGEST_STEP = 0.2, 0.01, 1.0  # standard deviation of each value
LONGER, SHORTER = 1.5, 0.9  # a fifth of the steps succeed where the length is right (Rechenberg, 1973)


@dataclass
class Handle:
    """Values that move together, the places (given tracks, bars) whose notes they move, and how long steps are."""

    values: Values
    places: NDArray[np.bool_]
    step: float = FIRST_STEP


class HandleSearch:
    """`latent` is the best so far, `similarity` (0-1) how like its phrase is to the target."""

    def __init__(self, generator: PlaysBars, target: Mapping[int, Roll], start: Latent, seed: int) -> None:
        """`target`: by track, (model bars, steps, pitches) bool."""
        self._generator, self._target = generator, target
        self._rng = np.random.default_rng(seed & 0xFFFFFFFF)
        self._rounds = handle_rounds(generator.contract, list(target))
        self._number = 0
        self.latent = start
        self._likeness = Likeness.of(generator, start, target)

    @property
    def similarity(self) -> float:
        return self._likeness.similarity

    def step(self) -> None:
        """Play one phrase, in which every handle of one kind is moved, and keep what came nearer."""
        handles = self._rounds[self._number % len(self._rounds)]
        self._number += 1
        limit = self._generator.contract.latent.truncation
        tried = self.latent.copy()
        for handle in handles:
            moved = tried[handle.values] + self._rng.normal(scale=handle.step, size=len(handle.values))
            tried[handle.values] = np.clip(moved, -limit, limit)
        likeness = Likeness.of(self._generator, tried, self._target)
        better = self.latent.copy()
        for handle in handles:
            would_be = self._likeness.taking(likeness, handle.places)
            if would_be.similarity > self._likeness.similarity:
                self._likeness = would_be
                better[handle.values] = tried[handle.values]
                handle.step = min(LONGEST_STEP, handle.step * LONGER)
            else:
                handle.step = max(SHORTEST_STEP, handle.step * SHORTER)
        self.latent = better


def handle_rounds(contract: ModelContract, tracks: Sequence[int]) -> list[list[Handle]]:
    """The kinds of handle that a model has, in turn: within a kind no two move the same notes. `tracks` are the given
    ones. A model with the song's part alone has one handle: the whole latent.
    """
    everywhere = np.ones((len(tracks), contract.bars), dtype=np.bool_)
    in_track = np.eye(len(tracks), dtype=np.bool_)[:, :, None] & everywhere
    in_bar = np.eye(contract.bars, dtype=np.bool_)[:, None, :] & everywhere
    common = common_values(contract)
    of_tracks = [track_values(contract, track) for track in tracks]
    of_bars = [bar_values(contract, bar) for bar in range(contract.bars)]
    of_any_bar = np.concatenate(of_bars)
    kinds = (
        [Handle(np.setdiff1d(common, of_any_bar), everywhere)],
        [Handle(np.setdiff1d(own, of_any_bar), places) for own, places in zip(of_tracks, in_track, strict=True)],
        [Handle(np.intersect1d(common, of_bar), places) for of_bar, places in zip(of_bars, in_bar, strict=True)],
        [
            Handle(np.intersect1d(own, of_bar), in_track[number] & in_bar[bar])
            for number, own in enumerate(of_tracks)
            for bar, of_bar in enumerate(of_bars)
        ],
    )
    rounds = [[handle for handle in kind if len(handle.values)] for kind in kinds]
    return [handles for handles in rounds if handles]
