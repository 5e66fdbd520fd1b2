"""The bars of a grid model's phrases made more alike, without training: maisynth-train steady-bars.

What makes a bar another one than its neighbours is in two places of the generator's entries: how the weights of the
lasting parts differ from bar to bar, and the weights of the parts that pass with the bar. Both are scaled; what a
phrase is on the whole stays, and so do the handles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from training.averaging import CALIBRATION_BATCHES, CALIBRATION_PHRASES, calibrate
from training.checkpoint import Checkpoint
from training.latent_layout import latent_size
from training.networks.grid_generator import GridGenerator
from training.networks.latent_entry import LatentEntry
from training.networks.presets import build_generator
from training.sampling.latent_noise import draw_latents


class NotAGrid(ValueError):
    """The model is another network, whose bars have no parts of their own."""


@dataclass(frozen=True)
class Steadiness:
    """What is left of the differences between bars (0-1): of the lasting parts' weights, and of the passing parts'."""

    lasting: float
    passing: float


def steady_bars(checkpoint: Checkpoint, band: Steadiness, tracks: Sequence[Steadiness]) -> Checkpoint:
    """The checkpoint with steadier bars, a step on. `band` is for what all tracks hear, `tracks` for each track's own.

    Both sets of weights are changed, and the averaged ones calibrated anew. Raises NotAGrid.
    """
    generator, average = (build_generator(checkpoint.params) for _ in range(2))
    if not isinstance(generator, GridGenerator) or not isinstance(average, GridGenerator):
        raise NotAGrid(
            f"the model is a {checkpoint.params.nets.generator} network, expected grid: only its bars have handles"
        )
    generator.load_state_dict(checkpoint.generator)
    average.load_state_dict(checkpoint.average)
    for network in (generator, average):
        _steady(network.song_entry, [band])
        _steady(network.track_entry, tracks)
        size = latent_size(checkpoint.params)
        seeds = [(checkpoint.config.seed, 7, number) for number in range(CALIBRATION_BATCHES)]
        calibrate(network, [(draw_latents(CALIBRATION_PHRASES, size, seed), None) for seed in seeds])
    return Checkpoint(
        step=checkpoint.step + 1,
        params=checkpoint.params,
        config=checkpoint.config,
        generator=generator.state_dict(),
        critic=checkpoint.critic,
        average=average.state_dict(),
        generator_optimiser=checkpoint.generator_optimiser,
        critic_optimiser=checkpoint.critic_optimiser,
    )


@torch.no_grad()
def _steady(entry: LatentEntry, players: Sequence[Steadiness]) -> None:
    if len(players) != len(entry.lasting):
        raise ValueError(f"{len(players)} numbers came for {len(entry.lasting)} tracks")
    for player, left in enumerate(players):
        lasting = entry.lasting[player]  # (size, bars, out)
        common = lasting.mean(1, keepdim=True)
        lasting.copy_(common + left.lasting * (lasting - common))
        entry.passing[player].mul_(left.passing)
