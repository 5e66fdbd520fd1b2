"""MuseGAN's default networks as the public ports write them: convolution layers, channels first.

The tests compare ours with these to the last weight, and benchmarks/training_speed.py in speed.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TRACKS = 5
Sizes = tuple[int, int, int]  # bars, steps, pitches


def block(channels_in: int, channels_out: int, kernel: Sizes, stride: Sizes | None = None) -> nn.Sequential:
    """A transposed convolution and batch normalisation, kernel = stride where no stride is given."""
    return nn.Sequential(
        nn.ConvTranspose3d(channels_in, channels_out, kernel, stride or kernel),
        nn.BatchNorm3d(channels_out, eps=1e-3, momentum=0.01),
    )


class PlainGenerator(nn.Module):
    """MuseGAN's default generator as its authors draw it: channels, bar, step, pitch."""

    def __init__(self) -> None:
        super().__init__()
        self.bars = block(128, 512, (4, 1, 1))
        self.beats = block(512, 256, (1, 4, 3))
        self.fine = block(256, 128, (1, 4, 3), stride=(1, 4, 2))
        self.pitch_1 = nn.ModuleList([block(128, 32, (1, 1, 12)) for _ in range(TRACKS)])
        self.pitch_2 = nn.ModuleList([block(32, 16, (1, 3, 1)) for _ in range(TRACKS)])
        self.time_1 = nn.ModuleList([block(128, 32, (1, 3, 1)) for _ in range(TRACKS)])
        self.time_2 = nn.ModuleList([block(32, 16, (1, 1, 12)) for _ in range(TRACKS)])
        self.merge = nn.ModuleList([block(32, 1, (1, 1, 1)) for _ in range(TRACKS)])

    def forward(self, latent: Tensor) -> Tensor:
        h = latent.view(-1, 128, 1, 1, 1)
        for shared in (self.bars, self.beats, self.fine):
            h = torch.relu(shared(h))
        tracks = []
        for track in range(TRACKS):
            by_pitch = torch.relu(self.pitch_2[track](torch.relu(self.pitch_1[track](h))))
            by_time = torch.relu(self.time_2[track](torch.relu(self.time_1[track](h))))
            tracks.append(self.merge[track](torch.cat((by_pitch, by_time), dim=1)))
        return torch.tanh(torch.cat(tracks, dim=1)).permute(0, 2, 3, 4, 1)


def convolution(channels_in: int, channels_out: int, kernel: Sizes, stride: Sizes | None = None) -> nn.Conv3d:
    """Kernel = stride where no stride is given."""
    return nn.Conv3d(channels_in, channels_out, kernel, stride or kernel)


class PlainCritic(nn.Module):
    """MuseGAN's default discriminator as its authors draw it: channels, bar, step, pitch."""

    def __init__(self) -> None:
        super().__init__()
        self.pitch_1 = nn.ModuleList([convolution(5, 16, (1, 1, 12)) for _ in range(TRACKS)])
        self.pitch_2 = nn.ModuleList([convolution(16, 32, (1, 3, 1)) for _ in range(TRACKS)])
        self.time_1 = nn.ModuleList([convolution(5, 16, (1, 3, 1)) for _ in range(TRACKS)])
        self.time_2 = nn.ModuleList([convolution(16, 32, (1, 1, 12)) for _ in range(TRACKS)])
        self.merge = nn.ModuleList([convolution(64, 64, (1, 1, 1)) for _ in range(TRACKS)])
        self.shared_1 = convolution(320, 128, (1, 4, 3), stride=(1, 4, 2))
        self.shared_2 = convolution(128, 256, (1, 4, 3))
        self.chroma = nn.ModuleList([convolution(5, 32, (1, 1, 12)), convolution(32, 64, (1, 4, 1))])
        self.onset = nn.ModuleList(
            [convolution(5, 16, (1, 3, 1)), convolution(16, 32, (1, 4, 1)), convolution(32, 64, (1, 4, 1))]
        )
        self.window = convolution(384, 512, (2, 1, 1), stride=(1, 1, 1))
        self.score = nn.Linear(512, 1)

    def forward(self, phrases: Tensor) -> Tensor:
        roll = phrases.permute(0, 4, 1, 2, 3)
        streams = []
        for copy in range(TRACKS):
            by_pitch = heard(self.pitch_2[copy], heard(self.pitch_1[copy], roll))
            by_time = heard(self.time_2[copy], heard(self.time_1[copy], roll))
            streams.append(heard(self.merge[copy], torch.cat((by_pitch, by_time), dim=1)))
        cells = heard(self.shared_2, heard(self.shared_1, torch.cat(streams, dim=1)))

        octaves = torch.stack([roll[..., 12 * octave : 12 * octave + 12] for octave in range(7)]).sum(0)
        chroma = torch.stack([octaves[:, :, :, 12 * beat : 12 * beat + 12].sum(3) for beat in range(4)], dim=3)
        for layer in self.chroma:
            chroma = heard(layer, chroma)

        onset = (roll - F.pad(roll, (0, 0, 1, 0))[:, :, :, :-1]).sum(4, keepdim=True)
        for layer in self.onset:
            onset = heard(layer, onset)

        windows = heard(self.window, torch.cat((cells, chroma, onset), dim=1))  # (N, 512, 3, 1, 1)
        scores: Tensor = self.score(windows[..., 0, 0].transpose(1, 2)).squeeze(2)
        return scores


def heard(layer: nn.Module, x: Tensor) -> Tensor:
    return F.leaky_relu(layer(x), 0.2)
