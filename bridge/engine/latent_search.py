"""The latent whose phrase is most like some given notes: a search without gradients, a phrase at a time.

Where an encoder has found a start, every handle of it is moved a little by itself, and stays moved where its own notes
came nearer. Without one, many latents are drawn, then the best are crossed on the sphere and moved, again and again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bridge.engine.band import PlaysBars
from bridge.engine.handle_search import HandleSearch
from bridge.engine.latents import Latent, draw_latent, morph
from bridge.engine.likeness import Likeness
from bridge.pianoroll import Roll

DRAWN, KEPT, CHILDREN = 96, 8, 300
NUDGE = 0.35  # standard deviation of a child's first step away from its parents; it falls to a tenth
REFINEMENTS = 300  # of a start


@dataclass
class LatentSearch:
    """Runs by next() on `steps`; `best` and `similarity` (0-1) are what was found so far.

    `target`: by track, (model bars, steps, pitches) bool. `start`: a latent that is near already.
    """

    generator: PlaysBars
    target: Mapping[int, Roll]
    seed: int
    start: Latent | None = None
    best: Latent | None = None
    similarity: float = -1.0

    def steps(self) -> Iterator[None]:
        """Yields after each phrase that was tried."""
        return self._drawn() if self.start is None else self._refined(self.start)

    def _refined(self, start: Latent) -> Iterator[None]:
        search = HandleSearch(self.generator, self.target, start, self.seed)
        self.best, self.similarity = search.latent, search.similarity
        yield
        for _ in range(REFINEMENTS):
            search.step()
            self.best, self.similarity = search.latent, search.similarity
            yield

    def _drawn(self) -> Iterator[None]:
        contract = self.generator.contract
        rng = np.random.default_rng(self.seed & 0xFFFFFFFF)
        kept: list[tuple[float, Latent]] = []
        for number in range(DRAWN + CHILDREN):
            if number < DRAWN:
                latent = draw_latent(contract, int(rng.integers(2**31)))
            else:
                latent = self._child(kept, rng, (number - DRAWN) / CHILDREN)
            kept.append((Likeness.of(self.generator, latent, self.target).similarity, latent))
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
