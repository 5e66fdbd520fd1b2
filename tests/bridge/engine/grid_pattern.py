"""A generator with handles whose cells can be reckoned: what each part of the latent sounds is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bridge.contract import LatentLayout, ModelContract
from bridge.engine.latents import Latent
from bridge.sessions.interruption import Interruption

LAYOUT = LatentLayout(song=3, bar=2, track=3, track_bar=2)
CELLS = 60  # of a track's bar, each a random sum of what the bar hears


class GridPattern:
    """tanh of a fixed random product of the song's, the bar's, the track's and the track bar's values."""

    provider = "a pattern"
    notice: str | None = None

    def __init__(self, contract: ModelContract, layout: LatentLayout = LAYOUT) -> None:
        self.contract = replace(contract, latent=layout, steps_per_beat=1, pitches=15, lowest_pitch=40)
        heard = layout.song + layout.bar + layout.track + layout.track_bar
        shape = (contract.bars, len(contract.tracks), heard, CELLS)
        self.weights = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
        self.played = 0

    def begin(self, latent: Latent, bars: Sequence[int]) -> Callable[[], NDArray[np.float32]]:
        return partial(self, latent, bars)

    def ended_by(self, _interruption: Interruption | None) -> AbstractContextManager[None]:
        return nullcontext()

    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        self.played += 1
        contract, layout = self.contract, self.contract.latent
        all_bars, tracks = contract.bars, len(contract.tracks)
        sizes = np.cumsum([layout.song, all_bars * layout.bar, tracks * layout.track])
        song, bar, track, track_bar = np.split(latent, sizes)
        rolls = [
            [
                np.concatenate(
                    [
                        song,
                        bar.reshape(all_bars, -1)[number],
                        track.reshape(tracks, -1)[player],
                        track_bar.reshape(tracks, all_bars, -1)[player, number],
                    ]
                )
                @ self.weights[number, player]
                for player in range(tracks)
            ]
            for number in bars
        ]
        activations = np.array(rolls, dtype=np.float32) - np.float32(2.0)
        return np.asarray(np.tanh(activations).reshape(len(bars), tracks, 4, 15), dtype=np.float32)
