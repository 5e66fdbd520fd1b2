"""How smooth a morph is with the band that comes along: the bound that the README states."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bridge.engine.latents import draw_latent, morph
from bridge.engine.playing_key import in_key_of
from bridge.generator import Generator
from bridge.paths import EMBEDDED_MODEL

STEPS = 64
MOST_OF_ALL_CELLS = 0.005  # a step may change; the README says half a percent


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_sweep_in_64_steps_changes_at_most_half_a_percent_of_the_cells_a_step(seed: int) -> None:
    generator = Generator(EMBEDDED_MODEL, "cpu")
    contract = generator.contract
    begin = draw_latent(contract, seed)
    ends = [begin, in_key_of(draw_latent(contract, 100 + seed), begin, contract)]  # two keys would be one large step
    bars = range(contract.bars)
    rolls = [
        generator(morph(ends, [1.0 - step / STEPS, step / STEPS]), bars) > contract.cell_threshold
        for step in range(STEPS + 1)
    ]
    changed = [float((one ^ other).mean()) for one, other in pairwise(rolls)]
    assert max(changed) <= MOST_OF_ALL_CELLS
    assert np.count_nonzero(changed) > STEPS // 2, "and it does move"
