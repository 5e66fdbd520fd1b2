"""The original's ablated generators: the same bars, upsampled in an order that suits music less.

They exist to be compared with: what they play worse than the default says what its order is good for.
"""

from __future__ import annotations

from training.networks.generators import DefaultGenerator, GridFactors
from training.networks.layers import ExpandTimeThenPitch

# A bar in three, and sixteen into four last: no layer's cells are beats.
BAD_TEMP_ORDER = GridFactors(coarse_time=3, fine_time=4, finest_time=4)
# Twelve, and each into seven neighbours last: no layer's cells are octaves.
BAD_PITCH_ORDER = GridFactors(coarse_pitch=1, bands=12, band_pitches=7)


class BadPitchOrderGenerator(DefaultGenerator):
    """The trunk makes all of its time first, then twelve pitch bands of seven semitones. 1,148,303 parameters."""

    def __init__(self, latent_dim: int = 128, tracks: int = 5, output_shift: float = 0.0) -> None:
        super().__init__(latent_dim, tracks, BAD_PITCH_ORDER, output_shift)

    def _bands_layer(self) -> tuple[ExpandTimeThenPitch, int]:
        return ExpandTimeThenPitch(256, 128, 64, self.grid.fine_time, self.grid.bands), 64


class BadTempOrderGenerator(DefaultGenerator):
    """The default network over bars of 3 x 4 x 4 instead of 4 x 4 x 3. 2,207,951 parameters."""

    def __init__(self, latent_dim: int = 128, tracks: int = 5, output_shift: float = 0.0) -> None:
        super().__init__(latent_dim, tracks, BAD_TEMP_ORDER, output_shift)
