"""A trained model that plays its latent: the cells of the lowest drum have the latent's values, one a step."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from bridge.contract import LatentLayout
from training.config import Config, Params
from training.networks.generators import BandGenerator
from training.networks.grid import GridFactors
from training.trained import Trained

LATENT_DIM = 3


class Echo(BandGenerator):
    """(n, 3) to (n, 1, 48, 2, 5), silent (-1) where it does not play."""

    def __init__(self) -> None:
        super().__init__(LatentLayout(song=LATENT_DIM), 5, GridFactors(bars=1))
        self.place = nn.Parameter(torch.zeros(1))

    def forward(self, latent: torch.Tensor, _given: torch.Tensor | None = None) -> torch.Tensor:
        output = torch.full((len(latent), 1, 48, 2, 5), -1.0)
        output[:, 0, :LATENT_DIM, 0, 0] = latent
        return output


def echo() -> Trained:
    return Trained(step=7, params=Params(latent_dim=LATENT_DIM), config=Config(), generator=Echo().eval())


def heard(output: NDArray[np.float16]) -> NDArray[np.float64]:
    """(n, 3): the latents that an output of Echo was made from."""
    return output[:, 0, :LATENT_DIM, 0, 0].astype(np.float64)
