"""Where a latent with parts enters, as it plays: all players at once, for steps as small cost more than their work."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from export.lowered_layers import constant
from training.networks.latent_entry import LatentEntry
from training.networks.layers import leaky


class EntryRows(nn.Module):
    """What lasts (batch, players, size) and what passes (batch, players, bars, size) to a row for each of these `bars`:
    (players, batch * bars, out)."""

    lasting: Tensor
    lasting_bias: Tensor
    passing: Tensor

    def __init__(self, exact: LatentEntry) -> None:
        super().__init__()
        self.leak, self.channels_out = exact.leak, exact.channels_out
        players = exact.folded()
        self.bars = players[0].form.shape[1]
        # One product: what all bars have in common, each bar's form, and how much of that is heard.
        lasting = [torch.cat((one.lasting, one.form.flatten(1), one.lively[:, None]), dim=1) for one in players]
        bias = [torch.cat((one.shift, torch.zeros(one.form[0].numel()), one.lively_bias[None])) for one in players]
        self.register_buffer("lasting", constant(torch.stack(lasting)))
        self.register_buffer("lasting_bias", constant(torch.stack(bias)[:, None]))
        self.register_buffer("passing", constant(torch.stack([one.passing for one in players])[:, None]))

    def forward(self, lasting: Tensor, passing: Tensor, bars: Tensor) -> Tensor:
        players, out = len(self.lasting), self.channels_out
        product = torch.baddbmm(self.lasting_bias, lasting.transpose(0, 1), self.lasting)
        common, form, lively = torch.split(product, [out, self.bars * out, 1], dim=2)
        form = form.reshape(players, -1, self.bars, out).index_select(2, bars)
        of_bars = form + torch.matmul(passing.transpose(0, 1), self.passing)
        rows = common[:, :, None] + torch.sigmoid(lively)[..., None] * of_bars
        return leaky(rows.reshape(players, -1, out), self.leak)
