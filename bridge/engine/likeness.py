"""How like the phrase of a latent is to given notes: bar by bar of each track, to compare parts of two tries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.engine.band import PlaysBars
from bridge.engine.latents import Latent
from bridge.pianoroll import Roll

Counts = NDArray[np.float64]  # (given tracks, bars)


@dataclass(frozen=True)
class Likeness:
    """Cells, of each given track in each bar: how many sound and should, sound, and should sound. A cell that the
    generator is not sure of counts as far as it sounds (0-1)."""

    both: Counts
    sounding: Counts
    wanted: Counts

    @classmethod
    def of(cls, generator: PlaysBars, latent: Latent, target: Mapping[int, Roll]) -> Likeness:
        """Plays the latent's phrase. `target`: by track, (model bars, steps, pitches) bool."""
        contract = generator.contract
        low, high = contract.value_range
        played = generator(latent, range(contract.bars))[:, list(target)]  # (bars, given tracks, steps, pitches)
        share = np.clip((played - low) / (high - low), 0.0, 1.0)
        wanted = np.stack(list(target.values()), axis=1)
        counts = (share * wanted, share, wanted)
        return cls(*(part.sum(axis=(2, 3), dtype=np.float64).T for part in counts))

    @property
    def similarity(self) -> float:
        """2 |A and B| / (|A| + |B|) of each track, and of these the mean: 0-1 (Dice, 1945)."""
        both, sounding, wanted = (part.sum(axis=1) for part in (self.both, self.sounding, self.wanted))
        return float(np.mean(2.0 * both / np.maximum(1e-6, sounding + wanted)))

    def taking(self, other: Likeness, places: NDArray[np.bool_]) -> Likeness:
        """With the other's counts at these places (given tracks, bars)."""
        both = np.where(places, other.both, self.both)
        return Likeness(both, np.where(places, other.sounding, self.sounding), self.wanted)
