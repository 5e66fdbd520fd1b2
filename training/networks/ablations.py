"""The original's ablated generators: the same bars, upsampled in an order that suits music less.

They exist to be compared with: what they play worse than the default says what its order is good for.
"""

from __future__ import annotations

from dataclasses import replace

from training.networks.generators import DefaultGenerator
from training.networks.grid import DEFAULT_GRID, GridFactors
from training.networks.layers import ExpandTimeThenPitch


def bad_temp_order(grid: GridFactors) -> GridFactors:
    """The factors of time the other way round: no layer's cells are beats. 4 x 4 x 3 becomes 3 x 4 x 4."""
    return replace(grid, coarse_time=grid.finest_time, finest_time=grid.coarse_time)


def bad_pitch_order(grid: GridFactors) -> GridFactors:
    """Twelve bands first, and each into as many neighbours as there are octaves: no layer's cells are octaves."""
    return replace(grid, coarse_pitch=1, bands=grid.band_pitches, band_pitches=grid.bands)


class BadPitchOrderGenerator(DefaultGenerator):
    """The trunk makes all of its time first, then twelve pitch bands of seven semitones. 1,148,303 parameters."""

    def __init__(
        self, latent_dim: int = 128, tracks: int = 5, grid: GridFactors = DEFAULT_GRID, output_shift: float = 0.0
    ) -> None:
        super().__init__(latent_dim, tracks, bad_pitch_order(grid), output_shift)

    def _bands_layer(self) -> tuple[ExpandTimeThenPitch, int]:
        return ExpandTimeThenPitch(256, 128, 64, self.grid.fine_time, self.grid.bands), 64


class BadTempOrderGenerator(DefaultGenerator):
    """The default network over bars of 3 x 4 x 4 instead of 4 x 4 x 3. 2,207,951 parameters."""

    def __init__(
        self, latent_dim: int = 128, tracks: int = 5, grid: GridFactors = DEFAULT_GRID, output_shift: float = 0.0
    ) -> None:
        super().__init__(latent_dim, tracks, bad_temp_order(grid), output_shift)
