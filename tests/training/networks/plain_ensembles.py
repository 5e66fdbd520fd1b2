"""Composer, jamming and hybrid as their authors draw them: channels, bar, step, pitch."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.plain_networks import Sizes
from tests.training.networks.plain_layers import (
    band_kernel,
    norm_entries,
    private_branches,
    shared_layer,
    transposed,
    transposed_bands,
)
from training.networks.ensembles import LatentShares
from training.networks.grid import GridFactors


def leaky(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2)


def block(channels_in: int, channels_out: int, kernel: Sizes, stride: Sizes | None = None) -> nn.Sequential:
    """A transposed convolution and batch normalisation, kernel = stride where no stride is given."""
    return nn.Sequential(
        nn.ConvTranspose3d(channels_in, channels_out, kernel, stride or kernel),
        nn.BatchNorm3d(channels_out, eps=1e-3, momentum=0.01),
    )


class PlainTemporal(nn.Module):
    """A dense layer to three moments of 256, of which a kernel of two makes four bars: (N, size) to (N, size, bars)."""

    def __init__(self, size: int, bars: int) -> None:
        super().__init__()
        self.kernel = min(2, bars)
        self.moments = bars - self.kernel + 1
        self.dense = nn.Linear(size, self.moments * 256)
        self.norm = nn.BatchNorm1d(self.moments * 256, eps=1e-3, momentum=0.01)
        self.bars = block(256, size, (self.kernel, 1, 1), (1, 1, 1))

    def forward(self, latent: Tensor) -> Tensor:
        moments = leaky(self.norm(self.dense(latent))).view(-1, self.moments, 256)
        return leaky(self.bars(moments.transpose(1, 2)[..., None, None]))[..., 0, 0]


class PlainBars(nn.Module):
    """What the bars are made of, (N, size, bars), to cells (N, outputs, bars, steps, pitches)."""

    def __init__(self, size: int, width: int, outputs: int, grid: GridFactors) -> None:
        super().__init__()
        self.grid = grid
        kernel, stride = band_kernel(grid)
        self.beats = block(size, width, (1, grid.coarse_time, 1))
        self.coarse = block(width, width // 2, (1, 1, grid.coarse_pitch))
        self.fine = block(width // 2, width // 4, (1, grid.fine_time, 1))
        self.bands = block(width // 4, width // 8, (1, 1, kernel), (1, 1, stride))
        self.pitch_1 = block(width // 8, width // 16, (1, 1, 12))
        self.pitch_2 = block(width // 16, width // 32, (1, grid.finest_time, 1))
        self.time_1 = block(width // 8, width // 16, (1, grid.finest_time, 1))
        self.time_2 = block(width // 16, width // 32, (1, 1, 12))
        self.merge = block(width // 16, outputs, (1, 1, 1))

    def forward(self, bars: Tensor) -> Tensor:
        h = bars[..., None, None]
        for layer in (self.beats, self.coarse, self.fine, self.bands):
            h = leaky(layer(h))
        by_pitch = leaky(self.pitch_2(leaky(self.pitch_1(h))))
        by_time = leaky(self.time_2(leaky(self.time_1(h))))
        return torch.tanh(self.merge(torch.cat((by_pitch, by_time), dim=1)))[..., : self.grid.pitches]


class PlainEnsemble(nn.Module):
    """Each bar generator hears, in the authors' order: song, track, varying song, varying track."""

    def __init__(self, shares: LatentShares, width: int, shared_bars: bool, tracks: int, grid: GridFactors) -> None:
        super().__init__()
        self.shares, self.grid = shares, grid
        self.song_time = PlainTemporal(shares.song_varying, grid.bars) if shares.song_varying else None
        varying = tracks if shares.track_varying else 0
        self.track_time = nn.ModuleList([PlainTemporal(shares.track_varying, grid.bars) for _ in range(varying)])
        players, outputs = (1, tracks) if shared_bars else (tracks, 1)
        self.generators = nn.ModuleList([PlainBars(shares.heard, width, outputs, grid) for _ in range(players)])

    def forward(self, latent: Tensor) -> Tensor:
        shares = self.shares
        track_size = shares.track + shares.track_varying
        song = latent[:, : shares.song + shares.song_varying]
        song_varying = [] if self.song_time is None else [self.song_time(song[:, shares.song :])]
        cells = []
        for number, generator in enumerate(self.generators):
            first = song.shape[1] + number * track_size
            own = latent[:, first : first + track_size]
            heard = [self._tiled(song[:, : shares.song]), self._tiled(own[:, : shares.track]), *song_varying]
            if len(self.track_time):
                heard.append(self.track_time[number](own[:, shares.track :]))
            cells.append(generator(torch.cat(heard, dim=1)))
        return torch.cat(cells, dim=1).permute(0, 2, 3, 4, 1)

    def _tiled(self, part: Tensor) -> Tensor:
        return part[:, :, None].repeat(1, 1, self.grid.bars)


def as_plain(ours: Mapping[str, Tensor], shares: LatentShares, grid: GridFactors) -> dict[str, Tensor]:
    """Our ensemble's tensors (a state, or gradients) under the twin's names, in its shapes."""
    theirs: dict[str, Tensor] = {}
    for prefix in sorted({name[: -len("bar_bias")] for name in ours if name.endswith("bar_bias")}):
        theirs |= _temporal(ours, prefix)
    for prefix in sorted({name[: -len("beats.bias")] for name in ours if name.endswith("beats.bias")}):
        theirs |= _bars(ours, prefix, shares, grid)
    return theirs


def _temporal(ours: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        f"{prefix}dense.weight": ours[f"{prefix}weight"].t(),
        f"{prefix}dense.bias": ours[f"{prefix}bias"],
        **norm_entries(ours, f"{prefix}norm", f"{prefix}norm"),
        f"{prefix}bars.0.weight": ours[f"{prefix}bar_weight"].permute(1, 2, 0)[..., None, None],
        f"{prefix}bars.0.bias": ours[f"{prefix}bar_bias"],
        **norm_entries(ours, f"{prefix}bar_norm", f"{prefix}bars.1"),
    }


def _bars(ours: Mapping[str, Tensor], prefix: str, shares: LatentShares, grid: GridFactors) -> dict[str, Tensor]:
    song, song_varying, track, track_varying = torch.split(
        ours[f"{prefix}beats.weight"], [shares.song, shares.song_varying, shares.track, shares.track_varying]
    )
    by_pitch, by_time = ours[f"{prefix}merge.by_pitch"], ours[f"{prefix}merge.by_time"]
    trunk = {
        "beats": transposed(torch.cat((song, track, song_varying, track_varying)), (1, grid.coarse_time, 1)),
        "coarse": transposed(ours[f"{prefix}coarse.weight"], (1, 1, grid.coarse_pitch)),
        "fine": transposed(ours[f"{prefix}fine.weight"], (1, grid.fine_time, 1)),
        "bands": transposed_bands(ours[f"{prefix}bands.weight"], 1),
    }
    theirs = private_branches(ours, prefix, "", 0, grid.finest_time)
    for name, weight in trunk.items():
        theirs |= shared_layer(ours, f"{prefix}{name}", f"{prefix}{name}", weight)
    both = torch.cat((by_pitch, by_time), dim=1)[..., 0].t()  # in, tracks
    return theirs | shared_layer(ours, f"{prefix}merge", f"{prefix}merge", both[..., None, None, None])
