"""MuseGAN's default discriminator for any grid as its authors would draw it: channels, bar, step, pitch."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.plain_networks import convolution, heard
from tests.training.networks.plain_layers import band_kernel, convolved, whole_octaves
from training.networks.grid import GridFactors


class PlainGridCritic(nn.Module):
    """As benchmarks.plain_networks.PlainCritic, which is this at the original's grid. A phrase of one bar is scored
    whole."""

    def __init__(self, grid: GridFactors, tracks: int) -> None:
        super().__init__()
        self.grid = grid
        beats, parts, steps = grid.coarse_time, grid.fine_time, grid.finest_time
        kernel, stride = band_kernel(grid)
        self.pitch_1 = nn.ModuleList([convolution(tracks, 16, (1, 1, 12)) for _ in range(tracks)])
        self.pitch_2 = nn.ModuleList([convolution(16, 32, (1, steps, 1)) for _ in range(tracks)])
        self.time_1 = nn.ModuleList([convolution(tracks, 16, (1, steps, 1)) for _ in range(tracks)])
        self.time_2 = nn.ModuleList([convolution(16, 32, (1, 1, 12)) for _ in range(tracks)])
        self.merge = nn.ModuleList([convolution(64, 64, (1, 1, 1)) for _ in range(tracks)])
        self.shared_1 = convolution(64 * tracks, 128, (1, parts, kernel), stride=(1, parts, stride))
        self.shared_2 = convolution(128, 256, (1, beats, grid.coarse_pitch))
        self.chroma = nn.ModuleList([convolution(tracks, 32, (1, 1, 12)), convolution(32, 64, (1, beats, 1))])
        self.onset = nn.ModuleList(
            [
                convolution(tracks, 16, (1, steps, 1)),
                convolution(16, 32, (1, parts, 1)),
                convolution(32, 64, (1, beats, 1)),
            ]
        )
        self.window = convolution(384, 512, (min(2, grid.bars), 1, 1), stride=(1, 1, 1))
        self.score = nn.Linear(512, 1)

    def forward(self, phrases: Tensor) -> Tensor:
        roll = whole_octaves(phrases.permute(0, 4, 1, 2, 3), self.grid)
        streams = []
        for copy, merge in enumerate(self.merge):
            by_pitch = heard(self.pitch_2[copy], heard(self.pitch_1[copy], roll))
            by_time = heard(self.time_2[copy], heard(self.time_1[copy], roll))
            streams.append(heard(merge, torch.cat((by_pitch, by_time), dim=1)))
        cells = heard(self.shared_2, heard(self.shared_1, torch.cat(streams, dim=1)))

        octaves = torch.stack(torch.split(roll, 12, dim=4)).sum(0)
        beats = torch.split(octaves, self.grid.steps // self.grid.coarse_time, dim=3)
        chroma = torch.stack([beat.sum(3) for beat in beats], dim=3)
        for layer in self.chroma:
            chroma = heard(layer, chroma)
        onset = (roll - F.pad(roll, (0, 0, 1, 0))[:, :, :, :-1]).sum(4, keepdim=True)
        for layer in self.onset:
            onset = heard(layer, onset)

        windows = heard(self.window, torch.cat((cells, chroma, onset), dim=1))
        scores: Tensor = self.score(windows[..., 0, 0].transpose(1, 2)).squeeze(2)
        return scores


def as_plain(ours: Mapping[str, Tensor], grid: GridFactors, tracks: int) -> dict[str, Tensor]:
    """Our critic's tensors (a state, or gradients) under the twin's names, in its shapes."""
    beats, parts, steps = grid.coarse_time, grid.fine_time, grid.finest_time
    kernel = band_kernel(grid)[0]
    # Ours has the bands of a kernel after the channels.
    first_shared = ours["shared.0.weight"].view(parts, 64 * tracks, kernel, 128).transpose(1, 2)
    layers = {
        "shared_1": (first_shared, ours["shared.0.bias"], (1, parts, kernel)),
        "shared_2": (ours["shared.1.weight"], ours["shared.1.bias"], (1, beats, grid.coarse_pitch)),
        "chroma.0": (ours["chroma.0.weight"], ours["chroma.0.bias"], (1, 1, 12)),
        "chroma.1": (ours["chroma.1.weight"], ours["chroma.1.bias"], (1, beats, 1)),
        "onset.0": (ours["onset.0.weight"], ours["onset.0.bias"], (1, steps, 1)),
        "onset.1": (ours["onset.1.weight"], ours["onset.1.bias"], (1, parts, 1)),
        "onset.2": (ours["onset.2.weight"], ours["onset.2.bias"], (1, beats, 1)),
        "window": (ours["window.weight"], ours["window.bias"], (min(2, grid.bars), 1, 1)),
    }
    for copy in range(tracks):
        first = slice(16 * copy, 16 * copy + 16)  # all copies' channels side by side
        layers |= {
            f"pitch_1.{copy}": (
                ours["pitch_first.0.weight"][:, first],
                ours["pitch_first.0.bias"][first],
                (1, 1, 12),
            ),
            f"pitch_2.{copy}": (ours["pitch_first.1.weight"][copy], ours["pitch_first.1.bias"][copy], (1, steps, 1)),
            f"time_1.{copy}": (
                ours["time_first.0.weight"][:, first],
                ours["time_first.0.bias"][first],
                (1, steps, 1),
            ),
            f"time_2.{copy}": (ours["time_first.1.weight"][copy], ours["time_first.1.bias"][copy], (1, 1, 12)),
            f"merge.{copy}": (ours["private_merge.weight"][copy], ours["private_merge.bias"][copy], (1, 1, 1)),
        }
    theirs = {"score.weight": ours["score_weight"].t(), "score.bias": ours["score_bias"]}
    for name, (weight, bias, size) in layers.items():
        theirs |= {f"{name}.weight": convolved(weight, size), f"{name}.bias": bias}
    return theirs
