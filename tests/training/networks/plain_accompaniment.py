"""MuseGAN's accompaniment network as its authors draw it: channels, bar, step, pitch."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from benchmarks.plain_networks import block
from tests.training.networks.plain_layers import (
    band_kernel,
    convolved,
    heard_block,
    norm_entries,
    private_branches,
    shared_layer,
    transposed,
    transposed_bands,
    whole_octaves,
)
from training.networks.grid import GridFactors

Maps = tuple[Tensor, ...]


class PlainEncoder(nn.Module):
    """The given track, heard at every scale."""

    def __init__(self, grid: GridFactors) -> None:
        super().__init__()
        kernel, stride = band_kernel(grid)
        self.pitch_1 = heard_block(1, 16, (1, 1, 12))
        self.pitch_2 = heard_block(16, 32, (1, grid.finest_time, 1))
        self.time_1 = heard_block(1, 16, (1, grid.finest_time, 1))
        self.time_2 = heard_block(16, 32, (1, 1, 12))
        self.shared_1 = heard_block(64, 64, (1, grid.fine_time, kernel), (1, grid.fine_time, stride))
        self.shared_2 = heard_block(64, 128, (1, grid.coarse_time, grid.coarse_pitch))
        self.shared_3 = heard_block(128, 256, (grid.bars, 1, 1))

    def forward(self, track: Tensor) -> Maps:
        pitch_1 = torch.relu(self.pitch_1(track))
        pitch_2 = torch.relu(self.pitch_2(pitch_1))
        time_1 = torch.relu(self.time_1(track))
        time_2 = torch.relu(self.time_2(time_1))
        shared_1 = torch.relu(self.shared_1(torch.cat((time_2, pitch_2), dim=1)))
        shared_2 = torch.relu(self.shared_2(shared_1))
        return pitch_1, pitch_2, time_1, time_2, shared_1, shared_2, torch.relu(self.shared_3(shared_2))


class PlainAccompaniment(nn.Module):
    """Each layer of the default generator hears the encoder's map of its size; the given track is put in its place."""

    def __init__(self, latent: int, tracks: int, grid: GridFactors, condition_track: int) -> None:
        super().__init__()
        self.grid, self.condition_track = grid, condition_track
        kernel, stride = band_kernel(grid)
        time = grid.finest_time
        played = range(tracks - 1)
        self.encoder = PlainEncoder(grid)
        self.bars = block(latent + 256, 512, (grid.bars, 1, 1))
        self.beats = block(512 + 128, 256, (1, grid.coarse_time, grid.coarse_pitch))
        self.fine = block(256 + 64, 128, (1, grid.fine_time, kernel), (1, grid.fine_time, stride))
        self.pitch_1 = nn.ModuleList([block(128 + 32, 32, (1, 1, 12)) for _ in played])
        self.pitch_2 = nn.ModuleList([block(32 + 16, 16, (1, time, 1)) for _ in played])
        self.time_1 = nn.ModuleList([block(128 + 32, 32, (1, time, 1)) for _ in played])
        self.time_2 = nn.ModuleList([block(32 + 16, 16, (1, 1, 12)) for _ in played])
        self.merge = nn.ModuleList([block(32, 1, (1, 1, 1)) for _ in played])

    def forward(self, latent: Tensor, given: Tensor) -> Tensor:
        pitch_1, pitch_2, time_1, time_2, shared_1, shared_2, shared_3 = self.encoder(
            whole_octaves(given, self.grid)[:, None]
        )

        def hear(layer: nn.Module, h: Tensor, heard: Tensor) -> Tensor:
            return torch.relu(layer(torch.cat((h, heard), dim=1)))

        h = hear(self.bars, latent[:, :, None, None, None], shared_3)
        h = hear(self.beats, h, shared_2)
        h = hear(self.fine, h, shared_1)
        tracks = []
        for track, merge in enumerate(self.merge):
            by_pitch = hear(self.pitch_2[track], hear(self.pitch_1[track], h, time_2), time_1)
            by_time = hear(self.time_2[track], hear(self.time_1[track], h, pitch_2), pitch_1)
            cells = torch.tanh(merge(torch.cat((by_pitch, by_time), dim=1)))
            tracks.append(cells[:, 0, ..., : self.grid.pitches])
        tracks.insert(self.condition_track, given)
        return torch.stack(tracks, dim=4)


def as_plain(ours: Mapping[str, Tensor], grid: GridFactors) -> dict[str, Tensor]:
    """Our accompaniment's tensors (a state, or gradients) under the twin's names, in its shapes."""
    steps, fine, beats, coarse = grid.finest_time, grid.fine_time, grid.coarse_time, grid.coarse_pitch
    kernel = band_kernel(grid)[0]
    weights = {name.removesuffix(".weight"): tensor for name, tensor in ours.items()}
    encoder = {  # our name, and what the weight is as a convolution
        "pitch_1": ("pitch_first.0", convolved(weights["encoder.pitch_first.0"], (1, 1, 12))),
        "pitch_2": ("pitch_first.1", convolved(weights["encoder.pitch_first.1"], (1, steps, 1))),
        "time_1": ("time_first.0", convolved(weights["encoder.time_first.0"], (1, steps, 1))),
        "time_2": ("time_first.1", convolved(weights["encoder.time_first.1"], (1, 1, 12))),
        # Ours has the bands of a kernel after the channels.
        "shared_1": (
            "beats",
            convolved(weights["encoder.beats"].view(fine, 64, kernel, 64).transpose(1, 2), (1, fine, kernel)),
        ),
        "shared_2": ("bars", convolved(weights["encoder.bars"], (1, beats, coarse))),
        "shared_3": ("phrase", convolved(weights["encoder.phrase"], (grid.bars, 1, 1))),
    }
    theirs: dict[str, Tensor] = {}
    for there, (here, weight) in encoder.items():
        theirs |= shared_layer(ours, f"encoder.{here}", f"encoder.{there}", weight)
    theirs |= shared_layer(ours, "bars", "bars", transposed(weights["bars"], (grid.bars, 1, 1)))
    theirs |= shared_layer(ours, "beats", "beats", transposed(weights["beats"], (1, beats, coarse)))
    theirs |= shared_layer(ours, "fine", "fine", transposed_bands(weights["fine"], fine))
    for track in range(len(ours["merge.bias"])):
        theirs |= private_branches(ours, "", f".{track}", track, steps)
        own, there = slice(track, track + 1), f"merge.{track}"
        both = torch.cat((ours["merge.by_pitch"][track], ours["merge.by_time"][track]))
        theirs[f"{there}.0.weight"] = both[..., None, None, None]
        theirs[f"{there}.0.bias"] = ours["merge.bias"][own]
        theirs |= norm_entries(ours, "merge.norm", f"{there}.1", own)
    return theirs
