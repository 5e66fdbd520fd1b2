"""The latent whose phrase is most like some given notes: a search without gradients, a phrase at a time.

First many latents are drawn, then the best are crossed on the sphere and moved a little, again and again. An encoder
would find a start in one step; this needs only the generator that is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.engine.band import PlaysBars
from bridge.engine.latents import Latent, draw_latent, morph
from bridge.pianoroll import Roll

DRAWN, KEPT, CHILDREN = 96, 8, 300
NUDGE = 0.35  # standard deviation of a child's first step away from its parents; it falls to a tenth


@dataclass
class LatentSearch:
    """Runs by next() on `steps`; `best` and `similarity` (0-1) are what was found so far.

    `target`: by track, (model bars, steps, pitches) bool.
    """

    generator: PlaysBars
    target: Mapping[int, Roll]
    seed: int
    best: Latent | None = None
    similarity: float = -1.0

    def steps(self) -> Iterator[None]:
        """Yields after each phrase that was tried."""
        contract = self.generator.contract
        rng = np.random.default_rng(self.seed & 0xFFFFFFFF)
        kept: list[tuple[float, Latent]] = []
        for number in range(DRAWN + CHILDREN):
            if number < DRAWN:
                latent = draw_latent(contract, int(rng.integers(2**31)))
            else:
                latent = self._child(kept, rng, (number - DRAWN) / CHILDREN)
            kept.append((self._score(latent), latent))
            kept = sorted(kept, key=lambda one: -one[0])[:KEPT]
            self.similarity, self.best = kept[0]
            yield

    def _child(self, kept: list[tuple[float, Latent]], rng: np.random.Generator, done: float) -> Latent:
        one, other = (kept[int(index)][1] for index in rng.choice(len(kept), size=2))
        weight = float(rng.random())
        between = morph([one, other], [1.0 - weight, weight]) if one is not other else one
        moved = between + rng.normal(scale=NUDGE * (1.0 - 0.9 * done), size=len(one))
        limit = self.generator.contract.latent.truncation
        return np.clip(moved, -limit, limit).astype(np.float32)

    def _score(self, latent: Latent) -> float:
        contract = self.generator.contract
        activations = self.generator(latent, range(contract.bars))
        low, high = contract.value_range
        return float(np.mean([
            _overlap((activations[:, track] - low) / (high - low), roll) for track, roll in self.target.items()
        ]))  # fmt: skip


def _overlap(sounding: NDArray[np.float32], roll: Roll) -> float:
    """2 |A and B| / (|A| + |B|), of how far cells sound (0-1) and whether they should (Dice, 1945)."""
    both = float(sounding[roll].sum())
    return 2.0 * both / max(1e-6, float(sounding.sum()) + float(roll.sum()))
