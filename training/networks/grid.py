"""How the networks get their grid: steps and pitches are products, a factor a layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

OCTAVE = 12
MIDI_PITCHES = 128
MOST_CELLS = 2**24  # of a phrase
MOST_BARS = 512  # of a phrase: the first layer has weights for each


@dataclass(frozen=True)
class GridFactors:
    """The factors of a bar's steps and of its pitches.

    In time `coarse_time` are the beats and `fine_time` their parts, both of the trunk; `finest_time` is of the private
    layers (4 beats, 4 sixteenths, 3 steps). In pitch the trunk makes `bands` from `coarse_pitch`, the private layers
    `band_pitches` of each (7 octaves of 12); `left_out` of the highest pitches are made and cut off, where the pitches
    are no whole octaves.
    """

    bars: int = 4
    coarse_time: int = 4
    fine_time: int = 4
    finest_time: int = 3
    coarse_pitch: int = 3
    bands: int = 7
    band_pitches: int = OCTAVE
    left_out: int = 0

    @property
    def steps(self) -> int:
        return self.coarse_time * self.fine_time * self.finest_time

    @property
    def made_pitches(self) -> int:
        """With those that are left out."""
        return self.bands * self.band_pitches

    @property
    def pitches(self) -> int:
        return self.made_pitches - self.left_out

    @property
    def overlaps(self) -> bool:
        """Whether the layer between coarse pitches and bands has kernels that overlap: 2 * coarse + 1 bands."""
        return self.bands == 2 * self.coarse_pitch + 1


DEFAULT_GRID = GridFactors()


def grid_of(data_shape: Sequence[int], beat_resolution: int) -> GridFactors:
    """The factors for (bars, steps a bar, pitches, tracks) at so many steps a beat; at 4 x 48 x 84 the original's.

    Raises ValueError, naming what came and what was expected, for a shape that no network can have.
    """
    shape = list(data_shape)
    if len(shape) != 4 or min(shape) < 1:
        raise ValueError(f"data_shape is {shape}, expected bars, steps a bar, pitches and tracks, each at least 1")
    bars, steps, pitches, tracks = shape
    if beat_resolution < 1:
        raise ValueError(f"beat_resolution is {beat_resolution}, expected at least 1 step a beat")
    if steps % beat_resolution:
        raise ValueError(
            f"data_shape is {shape}: {steps} steps a bar are no whole number of beats of beat_resolution "
            f"{beat_resolution} steps; four beats would be {steps / 4:g} steps each"
        )
    if pitches > MIDI_PITCHES:
        raise ValueError(f"data_shape is {shape}: MIDI has {MIDI_PITCHES} pitches, not {pitches}")
    if math.prod(shape) > MOST_CELLS:
        raise ValueError(f"data_shape is {shape}: {math.prod(shape)} cells a phrase, expected at most {MOST_CELLS}")
    if tracks > MIDI_PITCHES:
        raise ValueError(f"data_shape is {shape}: {tracks} tracks, expected at most {MIDI_PITCHES}")
    if bars > MOST_BARS or steps // beat_resolution > MOST_BARS:
        raise ValueError(f"data_shape is {shape}: expected at most {MOST_BARS} bars and {MOST_BARS} beats a bar")
    fine_time = _parts_of_a_beat(beat_resolution)
    bands = -(-pitches // OCTAVE)
    return GridFactors(
        bars=bars,
        coarse_time=steps // beat_resolution,
        fine_time=fine_time,
        finest_time=beat_resolution // fine_time,
        coarse_pitch=max(1, bands // 2),
        bands=bands,
        left_out=bands * OCTAVE - pitches,
    )


def _parts_of_a_beat(resolution: int) -> int:
    """Sixteenths where a beat has them and more, else eighths, else the beat itself."""
    return next(parts for parts in (4, 2, 1) if resolution % parts == 0 and (resolution > parts or parts == 1))
