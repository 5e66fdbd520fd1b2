"""A band that is quick to reckon: drums on the beat, chords, a line, a bass, and strings held over bar lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.engine.latents import Latent
from bridge.sessions.interruption import Interruption

# Of each track: first step, steps, and semitones above its root.
_RHYTHMS: tuple[tuple[tuple[int, int, int], ...], ...] = (
    ((0, 3, 0), (12, 3, 2), (24, 3, 0), (36, 3, 2)),
    ((0, 24, 0), (0, 24, 4), (24, 20, 7)),
    ((0, 6, 0), (18, 6, 5), (30, 9, 0)),
    ((0, 24, 0), (24, 24, 0)),
    ((0, 48, 0), (0, 48, 7)),
)
_ROOTS = (12, 36, 30, 10, 50)  # of the roll's pitches
_ON = 0.6


class QuickBand:
    """A generator. A track's root in a bar follows from one value of the latent; the strings' from one for all bars."""

    provider = "reckoned"
    notice: str | None = None

    def __init__(self, contract: ModelContract) -> None:
        self.contract = contract

    def begin(self, latent: Latent, bars: Sequence[int]) -> Callable[[], NDArray[np.float32]]:
        return partial(self, latent, bars)

    def ended_by(self, _interruption: Interruption | None) -> AbstractContextManager[None]:
        return nullcontext()

    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        contract = self.contract
        shape = (len(bars), len(contract.tracks), contract.steps_per_bar, contract.pitches)
        roll = np.full(shape, contract.value_range[0], dtype=np.float32)
        for place, bar in enumerate(bars):
            for track, (rhythm, root) in enumerate(zip(_RHYTHMS, _ROOTS, strict=True)):
                value = float(latent[track if track == len(_ROOTS) - 1 else 8 + 4 * track + bar])
                lowest = root + int(abs(value) * 6) % 12
                for first, steps, above in rhythm:
                    roll[place, track, first : first + steps, lowest + above] = _ON
        return roll
