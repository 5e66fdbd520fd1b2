"""The band: a generator and the phrase it plays now, computed bar by bar as it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.engine.latents import Latent, latent_id
from bridge.pianoroll import Note, Roll, roll_to_notes

Activations = NDArray[np.float32]


class PlaysBars(Protocol):
    """What the band needs of a generator (bridge.generator.Generator)."""

    provider: str
    notice: str | None

    @property
    def contract(self) -> ModelContract: ...

    def __call__(self, latent: Latent, bars: Sequence[int]) -> Activations:
        """Activations (bars wanted, tracks, steps_per_bar, pitches)."""
        ...


@dataclass(frozen=True)
class Phrase:
    """A latent and the bars that have been computed of it so far: (tracks, steps_per_bar, pitches) each."""

    latent: Latent
    id: str
    bars: dict[int, Activations] = field(default_factory=dict)


class Band:
    """One generator, one phrase. One thread uses it."""

    def __init__(self, generator: PlaysBars) -> None:
        self._generator = generator
        self.phrase: Phrase | None = None

    @property
    def contract(self) -> ModelContract:
        return self._generator.contract

    @property
    def provider(self) -> str:
        return self._generator.provider

    @property
    def notice(self) -> str | None:
        return self._generator.notice

    def take_up(self, latent: Latent) -> None:
        """From now on the band plays this latent; nothing is computed yet."""
        self.phrase = Phrase(latent, latent_id(latent))

    def prepare(self, bars: Sequence[int]) -> None:
        """Compute these bars of the phrase, as far as they are not."""
        phrase = self._current()
        missing = [bar for bar in bars if bar not in phrase.bars]
        if missing:
            phrase.bars.update(zip(missing, self._generator(phrase.latent, missing), strict=True))

    def notes(self, bar: int, threshold: float, velocity: int) -> list[list[Note]]:
        """The notes of one bar, a list a track, in beats from the bar's start; `threshold` 0-1 of a cell's range."""
        self.prepare([bar])
        cells = self._current().bars[bar] > self.contract.to_cell_value(threshold)
        return [roll_to_notes(cells[track], self.contract, track, velocity) for track in range(len(cells))]

    def roll(self, threshold: float) -> Roll:
        """The whole phrase (bars, tracks, steps_per_bar, pitches) bool."""
        bars = list(range(self.contract.bars))
        self.prepare(bars)
        activations = np.stack([self._current().bars[bar] for bar in bars])
        return np.asarray(activations > self.contract.to_cell_value(threshold))

    def _current(self) -> Phrase:
        if self.phrase is None:
            raise RuntimeError("the band has taken up no latent yet")
        return self.phrase
