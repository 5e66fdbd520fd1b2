"""The trained generator as it plays: bars on request, from one latent."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from export.errors import ExportError
from export.lowered_ensembles import EnsembleBars
from export.lowered_grid import GridBars
from export.lowered_layers import Branches, Product, bar_places, cells_to_bars, lower_bands
from training.networks.accompaniment import AccompanimentGenerator
from training.networks.ensembles import EnsembleGenerator
from training.networks.generators import BandGenerator, DefaultGenerator
from training.networks.grid_generator import GridGenerator


class BarGenerator(nn.Module):
    """latent (batch, latent_size) and bars int64 (wanted,) to (batch, wanted, tracks, steps_per_bar, pitches).

    Values in [-1, 1] (tanh). Binary neurons answer with their probability, scaled so: they play what is above 0, and a
    bridge can still ask for more or fewer notes. A bar costs the same whichever others are asked for with it.
    """

    def __init__(self, exact: DefaultGenerator) -> None:
        super().__init__()
        self.grid, self.tracks = exact.grid, exact.tracks
        self.bars = Product(*exact.bars.folded())
        self.beats = Product(*exact.beats.folded())
        self.trunk_channels = exact.beats.weight.shape[2]
        self.fine = lower_bands(exact.fine, self.grid.coarse_pitch)
        self.branches = Branches(exact.pitch_first, exact.time_first, exact.merge, self.grid, exact.output_gain)

    def forward(self, latent: Tensor, bars: Tensor) -> Tensor:
        channels = self.beats.weight.shape[0]
        h = self.bars(latent).view(-1, self.grid.bars, channels)
        h = h.index_select(1, bars).reshape(-1, channels)  # from here on a bar knows of no other
        h = self.beats(h).view(-1, self.trunk_channels)
        h = self.fine(h)  # rows by batch, bar wanted, coarse time, bands, fine time
        rolls = cells_to_bars(torch.tanh(self.branches(h)), self.tracks, self.grid)
        return rolls[bar_places(latent, bars)]


def lower(generator: BandGenerator) -> BarGenerator | EnsembleBars | GridBars:
    """What `generator` computes in eval mode, as a module for inference; the generator is left as it is.

    Raises ExportError for an accompaniment.
    """
    # Folded in double precision, so that the only rounding is the last one.
    exact = copy.deepcopy(generator).double()
    if isinstance(exact, AccompanimentGenerator):
        raise ExportError(
            "an accompaniment plays to a given track, which the bridge does not send a model: play it with "
            "maisynth-train run-inference EXP_DIR --condition FILE.mid, or export a model that plays by itself"
        )
    if isinstance(exact, EnsembleGenerator):
        return EnsembleBars(exact).eval()
    if isinstance(exact, GridGenerator):
        return GridBars(exact).eval()
    if isinstance(exact, DefaultGenerator):
        return BarGenerator(exact).eval()
    raise TypeError(f"{type(generator).__name__} cannot be lowered")
