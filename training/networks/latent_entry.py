"""Where a latent with parts enters: a part that holds for all bars and a part of each bar make a row a bar."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.networks.layers import leaky
from training.networks.normalisation import RowNorm

# Before the normalisation, where only the proportions count: at first a phrase repeats its bar, as music does.
LASTING_STD, FORM_STD, PASSING_STD, LIVELY_STD = 0.1, 0.03, 0.05, 0.1


@dataclass(frozen=True)
class FoldedEntry:
    """One player's entry with the normalisation inside."""

    lasting: Tensor  # (lasting, out)
    form: Tensor  # (lasting, bars, out)
    passing: Tensor  # (passing, out)
    lively: Tensor  # (lasting,)
    lively_bias: Tensor  # ()
    shift: Tensor  # (out,)


class LatentEntry(nn.Module):
    """Several players' latents to a row a bar each: normalised, with (leaky) ReLU.

    What all bars have in common comes from the lasting part. What makes a bar another one than its neighbours comes
    from the lasting part too (`form`: weights of its own for every bar) and from the passing part, that of one bar;
    how much of it is heard, the lasting part says (`lively`: 0 to 1), so that one phrase repeats its bar and another
    one does not. A bar's row depends on no other bar's part, a player's on no other's.
    """

    def __init__(self, players: int, lasting: int, passing: int, bars: int, channels_out: int, leak: float) -> None:
        super().__init__()
        self.leak, self.channels_out = leak, channels_out
        self.lasting = nn.Parameter(torch.randn(players, lasting, channels_out) * LASTING_STD)
        self.form = nn.Parameter(torch.randn(players, lasting, bars, channels_out) * FORM_STD)
        self.passing = nn.Parameter(torch.randn(players, passing, channels_out) * PASSING_STD)
        self.lively = nn.Parameter(torch.randn(players, lasting) * LIVELY_STD)
        self.lively_bias = nn.Parameter(torch.zeros(players))
        self.norm = RowNorm(players * channels_out)

    def forward(self, lasting: Tensor, passing: Tensor) -> Tensor:
        """(batch, players, lasting) and (batch, players, bars, passing) to (players, batch * bars, out)."""
        players = self.lasting.shape[0]
        lively = torch.sigmoid(torch.einsum("npl,pl->np", lasting, self.lively) + self.lively_bias)
        common = torch.einsum("npl,plo->npo", lasting, self.lasting)
        form = torch.einsum("npl,plbo->nbpo", lasting, self.form)
        passing = torch.einsum("npbv,pvo->nbpo", passing, self.passing)
        rows = common[:, None] + lively[:, None, :, None] * (form + passing)
        rows = leaky(self.norm(rows.flatten(0, 1).flatten(1)), self.leak)
        return rows.view(-1, players, self.channels_out).transpose(0, 1)

    def folded(self) -> list[FoldedEntry]:
        """A player each."""
        gain, shift = (part.view(-1, self.channels_out) for part in self.norm.gain_and_shift())
        return [
            FoldedEntry(
                self.lasting[player] * gain[player],
                self.form[player] * gain[player],
                self.passing[player] * gain[player],
                self.lively[player],
                self.lively_bias[player],
                shift[player],
            )
            for player in range(len(self.lasting))
        ]
