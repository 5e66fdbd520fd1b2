"""The encoder's two kinds of layers."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from training.networks.layers import leaky_
from training.networks.normalisation import at_least_float32

LEAK = 0.2


class Dense(nn.Module):
    """A product with leaky ReLU, and a normalisation over the channels where `evens_out`.

    (..., M, in) to (..., M, out); with `copies`, (copies, M, in) to (copies, M, out), each with weights of its own.
    """

    def __init__(self, channels_in: int, channels_out: int, copies: int | None = None, evens_out: bool = False) -> None:
        super().__init__()
        lead = () if copies is None else (copies,)
        self.weight = nn.Parameter(torch.randn(*lead, channels_in, channels_out) * math.sqrt(2.0 / channels_in))
        self.bias = nn.Parameter(torch.zeros(*lead, 1, channels_out))
        self.norm = nn.LayerNorm(channels_out) if evens_out else None

    def forward(self, rows: Tensor) -> Tensor:
        rows = leaky_(torch.matmul(rows, self.weight) + self.bias, LEAK)
        return rows if self.norm is None else self.norm(rows)


class Handle(nn.Module):
    """The last layer, to some values of a latent: a product that starts small, in float32."""

    def __init__(self, channels_in: int, size: int, copies: int | None = None) -> None:
        super().__init__()
        lead = () if copies is None else (copies,)
        self.weight = nn.Parameter(torch.randn(*lead, channels_in, size) * math.sqrt(0.1 / channels_in))
        self.bias = nn.Parameter(torch.zeros(*lead, 1, size))

    def forward(self, rows: Tensor) -> Tensor:
        return at_least_float32(torch.matmul(rows, self.weight) + self.bias)
