"""The private layers, one a track, with their normalisation folded into the weights before the product."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.networks.layers import kernel, leaky_
from training.networks.normalisation import NORM_EPSILON, NORM_MOMENTUM, RowMoments, remember, row_moments


class TrackExpand(nn.Module):
    """Private transposed convolutions, one a track, kernel = stride, with normalisation and ReLU (or leaky ReLU).

    (M, in) shared or (tracks, M, in) private to (tracks, M * positions, out).
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, tracks: int, channels_in: int, channels_out: int, positions: int, leak: float = 0.0) -> None:
        super().__init__()
        self.leak = leak
        self.weight = kernel(tracks, channels_in, positions, channels_out)
        self.bias = nn.Parameter(torch.zeros(tracks, channels_out))
        self.scale = nn.Parameter(torch.ones(tracks, channels_out))
        self.shift = nn.Parameter(torch.zeros(tracks, channels_out))
        self.register_buffer("running_mean", torch.zeros(tracks, channels_out))
        self.register_buffer("running_var", torch.ones(tracks, channels_out))
        self.momentum = NORM_MOMENTUM

    def forward(self, x: Tensor, moments: RowMoments | None = None) -> Tensor:
        """`moments`: those of x where the caller has them already (two branches read the same trunk)."""
        if self.training:
            moments = row_moments(x) if moments is None else moments
            with torch.autocast(x.device.type, enabled=False):
                mean, var = self._output_statistics(moments)
                remember(self, mean, var, x.shape[-2] * self.weight.shape[2])
        else:
            mean, var = self.running_mean, self.running_var
        weight, bias = self._fold(mean, var)
        tracks, channels_in, positions, channels_out = weight.shape
        wide_bias = bias.repeat(1, positions).unsqueeze(1)
        wide_weight = weight.reshape(tracks, channels_in, -1)
        product = torch.baddbmm(wide_bias, x.expand(tracks, -1, -1), wide_weight)
        return leaky_(product, self.leak).view(tracks, -1, channels_out)

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight (tracks, in, positions, out) and bias (tracks, out) with the normalisation inside."""
        return self._fold(self.running_mean, self.running_var)

    def _output_statistics(self, moments: RowMoments) -> tuple[Tensor, Tensor]:
        """Mean and variance (tracks, out) of the output over rows and positions."""
        weight = self.weight.flatten(2)  # (tracks, in, positions * out)
        shape = self.weight.shape[2:]
        mean = (torch.matmul(moments.mean, weight)).view(-1, *shape).mean(1)
        square = (weight * torch.matmul(moments.second, weight)).sum(1).view(-1, *shape).mean(1)
        return mean + self.bias, (square - mean.square()).clamp_min(0.0)

    def _fold(self, mean: Tensor, var: Tensor) -> tuple[Tensor, Tensor]:
        gain = self.scale * torch.rsqrt(var + NORM_EPSILON)
        return self.weight * gain[:, None, None, :], (self.bias - mean) * gain + self.shift
