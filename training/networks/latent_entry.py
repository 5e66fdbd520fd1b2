"""Where a latent with parts enters: a part that holds for all bars and a part of each bar make a row a bar."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.networks.layers import leaky
from training.networks.normalisation import RowNorm

# Before the normalisation, where only the proportions count: at first a phrase repeats its bar, as music does.
LASTING_STD, BAR_STD, PASSING_STD = 0.1, 0.03, 0.05


class LatentEntry(nn.Module):
    """Several players' latents to a row a bar each: normalised, with (leaky) ReLU.

    The lasting part has weights of its own for every bar, so that a phrase can have a form; the passing part, that of
    one bar, has the same weights in all of them. A bar's row depends on no other bar's part, a player's on no other's.
    """

    def __init__(self, players: int, lasting: int, passing: int, bars: int, channels_out: int, leak: float) -> None:
        super().__init__()
        self.leak, self.channels_out = leak, channels_out
        in_all_bars = torch.randn(players, lasting, 1, channels_out) * LASTING_STD
        self.lasting = nn.Parameter(in_all_bars + torch.randn(players, lasting, bars, channels_out) * BAR_STD)
        self.passing = nn.Parameter(torch.randn(players, passing, channels_out) * PASSING_STD)
        self.norm = RowNorm(players * channels_out)

    def forward(self, lasting: Tensor, passing: Tensor) -> Tensor:
        """(batch, players, lasting) and (batch, players, bars, passing) to (players, batch * bars, out)."""
        players = self.lasting.shape[0]
        lasting = torch.einsum("npl,plbo->nbpo", lasting, self.lasting)
        passing = torch.einsum("npbv,pvo->nbpo", passing, self.passing)
        rows = leaky(self.norm((lasting + passing).flatten(0, 1).flatten(1)), self.leak)
        return rows.view(-1, players, self.channels_out).transpose(0, 1)

    def folded(self) -> tuple[Tensor, Tensor, Tensor]:
        """Both weights and a bias (players, out) with the normalisation inside."""
        gain, shift = (part.view(-1, self.channels_out) for part in self.norm.gain_and_shift())
        return self.lasting * gain[:, None, None], self.passing * gain[:, None], shift
