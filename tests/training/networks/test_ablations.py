"""The ablated generators are transposed convolutions in the order of the original's presets."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from tests.training.twins import assert_close, shake
from training.networks.ablations import BadPitchOrderGenerator, BadTempOrderGenerator
from training.networks.generators import DefaultGenerator
from training.networks.grid import DEFAULT_GRID, GridFactors, grid_of
from training.networks.layers import ExpandTimeThenPitch
from training.networks.track_expand import TrackExpand
from training.sampling.latent_noise import draw_latents

Sizes = tuple[int, int, int]  # bars, steps, pitches
Shared = list[tuple[Sizes, Sizes]]  # kernel and stride of each shared layer

SMALL = grid_of([2, 16, 70, 2], 4)  # two bars, 4 x 2 x 2 steps, six octaves of which two pitches are left out

# As the presets say: the shared layers, then the private kernels of pitch and of time.
PRESETS: list[tuple[type[DefaultGenerator], GridFactors, Shared, int, int]] = [
    (
        BadPitchOrderGenerator,
        DEFAULT_GRID,
        [((4, 1, 1), (4, 1, 1)), ((1, 4, 1), (1, 4, 1)), ((1, 4, 1), (1, 4, 1)), ((1, 1, 12), (1, 1, 12))],
        7,
        3,
    ),
    (
        BadTempOrderGenerator,
        DEFAULT_GRID,
        [((4, 1, 1), (4, 1, 1)), ((1, 3, 3), (1, 3, 3)), ((1, 4, 3), (1, 4, 2))],
        12,
        4,
    ),
    (
        DefaultGenerator,  # the yardstick itself
        DEFAULT_GRID,
        [((4, 1, 1), (4, 1, 1)), ((1, 4, 3), (1, 4, 3)), ((1, 4, 3), (1, 4, 2))],
        12,
        3,
    ),
    (
        BadPitchOrderGenerator,
        SMALL,
        [((2, 1, 1), (2, 1, 1)), ((1, 4, 1), (1, 4, 1)), ((1, 2, 1), (1, 2, 1)), ((1, 1, 12), (1, 1, 12))],
        6,
        2,
    ),
    (
        BadTempOrderGenerator,
        SMALL,
        [((2, 1, 1), (2, 1, 1)), ((1, 2, 3), (1, 2, 3)), ((1, 2, 2), (1, 2, 2))],
        12,
        4,
    ),
    (
        DefaultGenerator,
        SMALL,
        [((2, 1, 1), (2, 1, 1)), ((1, 4, 3), (1, 4, 3)), ((1, 2, 2), (1, 2, 2))],
        12,
        2,
    ),
]


def shared_weights(generator: DefaultGenerator) -> list[tuple[Tensor, Tensor]]:
    """(in, positions, out) and bias, folded; positions in the order of time, then pitch."""
    last = generator.fine
    if isinstance(last, ExpandTimeThenPitch):
        ends = [last.in_time.folded(), last.in_pitch.folded()]
    else:
        weight, bias = last.folded()  # positions: pitch, then time
        weight = weight.reshape(len(weight), -1, generator.grid.fine_time, weight.shape[-1])
        ends = [(weight.transpose(1, 2).flatten(1, 2), bias)]
    return [generator.bars.folded(), generator.beats.folded(), *ends]


def transposed(x: Tensor, weight: Tensor, bias: Tensor, kernel: Sizes, stride: Sizes) -> Tensor:
    """A transposed convolution with ReLU from (in, positions, out)."""
    shaped = weight.reshape(weight.shape[0], *kernel, weight.shape[2]).permute(0, 4, 1, 2, 3)
    return torch.relu(F.conv_transpose3d(x, shaped, bias, stride))


def played(generator: DefaultGenerator, latent: Tensor, shared: Shared, pitch: int, time: int) -> Tensor:
    h = latent.view(len(latent), -1, 1, 1, 1)
    for (weight, bias), (kernel, stride) in zip(shared_weights(generator), shared, strict=True):
        h = transposed(h, weight, bias, kernel, stride)
    along: dict[str, Sizes] = {"pitch": (1, 1, pitch), "time": (1, time, 1)}
    tracks = []
    for track in range(generator.tracks):
        ends = []
        for layers, order in ((generator.pitch_first, ("pitch", "time")), (generator.time_first, ("time", "pitch"))):
            branch = h
            for layer, direction in zip(layers, order, strict=True):
                assert isinstance(layer, TrackExpand)
                weight, bias = layer.folded()
                branch = transposed(branch, weight[track], bias[track], along[direction], along[direction])
            ends.append(branch)
        merge = generator.merge
        mixed = torch.einsum("ncbtp,c->nbtp", ends[0], merge.by_pitch[track, :, 0])
        mixed = mixed + torch.einsum("ncbtp,c->nbtp", ends[1], merge.by_time[track, :, 0]) + merge.bias[track]
        gain = merge.norm.scale[track] / torch.sqrt(merge.norm.running_var[track] + 1e-3)
        tracks.append((mixed - merge.norm.running_mean[track]) * gain + merge.norm.shift[track])
    return torch.tanh(torch.stack(tracks, dim=4))[:, :, :, : generator.grid.pitches]


@pytest.mark.parametrize(("kind", "grid", "shared", "pitch", "time"), PRESETS)
def test_it_is_the_presets_network_of_transposed_convolutions(
    kind: type[DefaultGenerator], grid: GridFactors, shared: Shared, pitch: int, time: int
) -> None:
    torch.manual_seed(0)
    generator = kind(grid=grid)
    shake(generator)
    latents = draw_latents(2, 128, (1,))
    with torch.no_grad():
        generator(latents)  # in training mode: moves the statistics
        generator.eval()
        expected = played(generator, latents, shared, pitch, time)
        assert expected.shape == (2, grid.bars, grid.steps, grid.pitches, 5)
        assert float(expected.std()) > 0.05
        assert_close(generator(latents), expected, 1e-5, "the roll")
