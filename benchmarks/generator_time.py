"""How long a phrase takes each generator: python -m benchmarks.generator_time [--networks default grid]

Each network with fresh weights, lowered and exported as maisynth-export does, is run by the bridge's own Generator, in
turns within one process: the whole phrase, and one bar. The exit status says whether the grid keeps its promise.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bridge.engine.latents import Latent, draw_latent
from bridge.generator import Generator
from export.describe import Provenance, describe
from export.lowering import lower
from export.onnx_file import onnx_model
from training.averaging import calibrate
from training.checkpoint import Checkpoint
from training.config import ACCOMPANIMENT, BINARY_GENERATORS, GENERATORS, GRID, Config, Nets, Params
from training.networks.presets import build_generator
from training.sampling.latent_noise import draw_latents

PROMISED = 1.3  # times the default generator's phrase, at most, for the grid


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    playable = [name for name in GENERATORS if name != ACCOMPANIMENT]
    parser.add_argument("--networks", nargs="+", choices=playable, default=["default", GRID])
    parser.add_argument("--repeats", type=int, default=200)
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        players = {name: _player(name, Path(folder) / f"{name}.onnx") for name in arguments.networks}
        phrase: dict[str, list[float]] = {name: [] for name in players}
        bar: dict[str, list[float]] = {name: [] for name in players}
        for repeat in range(arguments.repeats):
            for name, player in players.items():
                latent = draw_latent(player.contract, repeat)
                phrase[name].append(_milliseconds(player, latent, range(player.contract.bars)))
                bar[name].append(_milliseconds(player, latent, [repeat % player.contract.bars]))
    first = statistics.median(phrase[arguments.networks[0]])
    for name in players:
        medians = [statistics.median(times[name]) for times in (phrase, bar)]
        print(f"{name:16} phrase {medians[0]:6.2f} ms, bar {medians[1]:6.2f} ms, {medians[0] / first:.2f} x the first")
    if {"default", GRID} <= players.keys():
        ratio = statistics.median(phrase[GRID]) / statistics.median(phrase["default"])
        return 1 if ratio > PROMISED else 0
    return 0


def _player(name: str, path: Path) -> Generator:
    params = Params()
    dim = params.latent_parts.size(4, 5) if name == GRID else params.latent_dim
    params = replace(params, nets=Nets(name), latent_dim=dim, use_binary_neurons=name in BINARY_GENERATORS)
    network = build_generator(params)
    calibrate(network, [(draw_latents(16, network.latent_size, (1,)), None)])
    network.eval()
    checkpoint = Checkpoint(0, params, Config(), {}, {}, network.state_dict(), {}, {})
    path.write_bytes(onnx_model(lower(network), describe(checkpoint, network, Provenance(name))).SerializeToString())
    return Generator(path, provider="cpu")


def _milliseconds(player: Generator, latent: Latent, bars: Sequence[int]) -> float:
    begin = time.perf_counter()
    player(latent, bars)
    return (time.perf_counter() - begin) * 1e3


if __name__ == "__main__":
    sys.exit(main())
