"""How smooth a morph is: python -m benchmarks.morph_sweep [--model FILE.onnx] [--pairs 12] [--steps 64]

Sweeps between pairs of latents in equal steps, and counts what changes from step to step: of all cells, and of those
that sound in either step.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from bridge.contract import ModelContract
from bridge.engine.latents import Latent, draw_latent, morph
from bridge.engine.playing_key import in_key_of
from bridge.generator import Generator
from bridge.paths import EMBEDDED_MODEL


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=EMBEDDED_MODEL)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--steps", type=int, default=64)
    arguments = parser.parse_args(argv)
    generator = Generator(arguments.model, "cpu")
    contract = generator.contract
    of_all: list[float] = []
    of_sounding: list[float] = []
    for seed in range(arguments.pairs):
        ends = [draw_latent(contract, seed), draw_latent(contract, 100 + seed)]
        shares = np.linspace(0.0, 1.0, arguments.steps + 1)
        rolls = (
            generator(_between(ends, share, contract), range(contract.bars)) > contract.cell_threshold
            for share in shares.tolist()
        )
        for before, after in pairwise(rolls):
            changed = int((before ^ after).sum())
            of_all.append(changed / before.size)
            of_sounding.append(changed / max(1, int((before | after).sum())))
    print(f"{contract.name}: {arguments.pairs} pairs of latents, {arguments.steps} steps each")
    for name, found in (("of all cells", of_all), ("of the cells that sound", of_sounding)):
        median, high, most = np.percentile(found, (50, 95, 100)) * 100
        print(f"a step changes {name:<25} median {median:6.2f} %   p95 {high:6.2f} %   most {most:6.2f} %")
    return 0


def _between(ends: list[Latent], share: float, contract: ModelContract) -> Latent:
    """As morph_pieces goes."""
    return in_key_of(morph(ends, [1.0 - share, share]), ends[share > 0.5], contract)


if __name__ == "__main__":
    sys.exit(main())
