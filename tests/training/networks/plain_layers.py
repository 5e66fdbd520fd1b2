"""The layers of the twins, as the ports write them: convolutions and batch normalisation, channels first; and how our
weights are laid out in them."""

from __future__ import annotations

from collections.abc import Mapping

import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.plain_networks import Sizes
from training.networks.grid import GridFactors

NORM_NAMES = {"scale": "weight", "shift": "bias", "running_mean": "running_mean", "running_var": "running_var"}


def heard_block(channels_in: int, channels_out: int, kernel: Sizes, stride: Sizes | None = None) -> nn.Sequential:
    """A convolution and batch normalisation, kernel = stride where no stride is given."""
    return nn.Sequential(
        nn.Conv3d(channels_in, channels_out, kernel, stride or kernel),
        nn.BatchNorm3d(channels_out, eps=1e-3, momentum=0.01),
    )


def band_kernel(grid: GridFactors) -> tuple[int, int]:
    """Kernel and stride, in pitch, of the layer between coarse pitches and bands."""
    if grid.bands == 2 * grid.coarse_pitch + 1:
        return 3, 2
    return grid.bands // grid.coarse_pitch, grid.bands // grid.coarse_pitch


def whole_octaves(roll: Tensor, grid: GridFactors) -> Tensor:
    """(..., pitches) with silence above, up to whole octaves."""
    return F.pad(roll, (0, grid.left_out), value=-1.0)


def norm_entries(
    ours: Mapping[str, Tensor], here: str, there: str, track: int | slice = slice(None)
) -> dict[str, Tensor]:
    """The normalisation's tensors that `ours` has, under the twin's names; of one track or some."""
    return {
        f"{there}.{entry}": ours[key][track] for name, entry in NORM_NAMES.items() if (key := f"{here}.{name}") in ours
    }


def convolved(weight: Tensor, kernel: Sizes) -> Tensor:
    """Of a contraction (bars * steps * pitches * in, out) the weight of a convolution: out, in, bar, step, pitch."""
    return weight.reshape(*kernel, -1, weight.shape[-1]).permute(4, 3, 0, 1, 2)


def transposed(weight: Tensor, kernel: Sizes) -> Tensor:
    """Of (in, bars * steps * pitches, out) the weight of a transposed convolution: in, out, bar, step, pitch."""
    return weight.reshape(len(weight), *kernel, -1).permute(0, 4, 1, 2, 3)


def transposed_bands(weight: Tensor, time: int) -> Tensor:
    """The same of the layer that makes the bands, which has time after pitch: (in, 3, time, out) or (in, ..., out)."""
    return weight.reshape(len(weight), -1, time, weight.shape[-1]).permute(0, 3, 2, 1)[:, :, None]


def shared_layer(ours: Mapping[str, Tensor], here: str, there: str, weight: Tensor) -> dict[str, Tensor]:
    """A layer with normalisation, its weight already in the twin's shape, as a block."""
    return {
        f"{there}.0.weight": weight,
        f"{there}.0.bias": ours[f"{here}.bias"],
        **norm_entries(ours, f"{here}.norm", f"{there}.1"),
    }


def private_layer(ours: Mapping[str, Tensor], here: str, there: str, track: int, kernel: Sizes) -> dict[str, Tensor]:
    """A TrackExpand's tensors of one track as those of a block."""
    return {
        f"{there}.0.weight": transposed(ours[f"{here}.weight"][track], kernel),
        f"{there}.0.bias": ours[f"{here}.bias"][track],
        **norm_entries(ours, here, f"{there}.1", track),
    }


def private_branches(ours: Mapping[str, Tensor], prefix: str, ending: str, track: int, time: int) -> dict[str, Tensor]:
    """Both branches of one track: pitch_1 and pitch_2, time_1 and time_2, each with `ending` after its name."""
    pitches, steps = (1, 1, 12), (1, time, 1)
    return {
        **private_layer(ours, f"{prefix}pitch_first.0", f"{prefix}pitch_1{ending}", track, pitches),
        **private_layer(ours, f"{prefix}pitch_first.1", f"{prefix}pitch_2{ending}", track, steps),
        **private_layer(ours, f"{prefix}time_first.0", f"{prefix}time_1{ending}", track, steps),
        **private_layer(ours, f"{prefix}time_first.1", f"{prefix}time_2{ending}", track, pitches),
    }


def load(twin: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Every tensor of the twin but its counters, and no other."""
    missed = twin.load_state_dict(state, strict=False)
    assert not missed.unexpected_keys
    assert all(name.endswith("num_batches_tracked") for name in missed.missing_keys)
