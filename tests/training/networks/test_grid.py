"""Steps and pitches as products of factors: every shape that people have, and which have none."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.config import Params
from training.networks.critics import DefaultCritic
from training.networks.generators import DefaultGenerator
from training.networks.grid import DEFAULT_GRID, GridFactors, grid_of

RESOLUTIONS = (1, 2, 3, 4, 5, 6, 8, 16, 24, 480)
KNOWN = [  # data_shape, beat resolution, and the factors: bars, time, pitch, left out
    ([4, 48, 84, 5], 12, GridFactors()),
    ([4, 16, 72, 5], 4, GridFactors(4, 4, 2, 2, 3, 6)),  # MuseGAN's tutorial
    ([4, 96, 84, 5], 24, GridFactors(4, 4, 4, 6, 3, 7)),  # its second code generation
    ([4, 36, 84, 5], 12, GridFactors(4, 3, 4, 3, 3, 7)),  # 3/4
    ([8, 48, 84, 5], 12, GridFactors(8, 4, 4, 3, 3, 7)),
    ([1, 48, 84, 5], 12, GridFactors(1, 4, 4, 3, 3, 7)),
    ([4, 48, 88, 5], 12, GridFactors(4, 4, 4, 3, 4, 8, left_out=8)),  # a piano's keys
    ([4, 48, 128, 5], 12, GridFactors(4, 4, 4, 3, 5, 11, left_out=4)),  # all of MIDI
    ([4, 16, 10, 1], 4, GridFactors(4, 4, 2, 2, 1, 1, left_out=2)),  # drums alone
    ([2, 48, 36, 3], 12, GridFactors(2, 4, 4, 3, 1, 3)),
]


@pytest.mark.parametrize(("shape", "resolution", "expected"), KNOWN)
def test_the_shapes_that_people_have_have_these_factors(
    shape: list[int], resolution: int, expected: GridFactors
) -> None:
    assert grid_of(shape, resolution) == expected
    assert grid_of(tuple(shape), resolution) == expected


def test_without_a_shape_the_factors_are_the_originals() -> None:
    assert GridFactors() == DEFAULT_GRID
    assert (DEFAULT_GRID.bars, DEFAULT_GRID.steps, DEFAULT_GRID.pitches) == (4, 48, 84)
    assert DEFAULT_GRID.overlaps


@pytest.mark.parametrize(
    ("resolution", "parts", "steps_of_a_part"),
    [
        (1, 1, 1),
        (2, 1, 2),
        (3, 1, 3),
        (4, 2, 2),
        (5, 1, 5),
        (6, 2, 3),
        (8, 4, 2),
        (16, 4, 4),
        (24, 4, 6),
        (480, 4, 120),
    ],
)
def test_a_beat_has_sixteenths_where_it_can_and_the_private_layers_the_rest(
    resolution: int, parts: int, steps_of_a_part: int
) -> None:
    grid = grid_of([1, 4 * resolution, 12, 1], resolution)
    assert (grid.coarse_time, grid.fine_time, grid.finest_time) == (4, parts, steps_of_a_part)


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_the_factors_of_every_shape_make_the_shape(resolution: int) -> None:
    for beats in (1, 2, 3, 4, 5, 7):
        for pitches in range(1, 129):
            grid = grid_of([2, beats * resolution, pitches, 1], resolution)
            assert (grid.bars, grid.steps, grid.pitches) == (2, beats * resolution, pitches)
            assert grid.coarse_time == beats
            assert grid.band_pitches == 12
            assert 0 <= grid.left_out < 12
            # The layer between them can be built: with overlap, or each coarse pitch into as many bands.
            assert grid.overlaps or grid.bands % grid.coarse_pitch == 0


REFUSED = [
    ([4, 48, 84], 12, r"data_shape is \[4, 48, 84\], expected bars, steps a bar, pitches and tracks, each at least 1"),
    ([4, 0, 84, 5], 12, r"data_shape is \[4, 0, 84, 5\], expected bars, .* each at least 1"),
    ([4, 48, 84, -1], 12, "each at least 1"),
    ([4, 48, 84, 5], 0, "beat_resolution is 0, expected at least 1 step a beat"),
    ([4, 48, 84, 5], 7, "48 steps a bar are no whole number of beats of beat_resolution 7 steps; four .* be 12 steps"),
    ([4, 6, 84, 5], 12, "four beats would be 1.5 steps each"),
    ([4, 48, 129, 5], 12, "MIDI has 128 pitches, not 129"),
    ([4, 48, 84, 129], 12, "129 tracks, expected at most 128"),
    ([1000, 480, 84, 5], 120, "201600000 cells a phrase, expected at most 16777216"),
]


@pytest.mark.parametrize(("shape", "resolution", "sentence"), REFUSED)
def test_a_shape_that_no_network_can_have_is_refused_in_a_sentence(
    shape: list[int], resolution: int, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        grid_of(shape, resolution)
    if len(shape) == 4:
        with pytest.raises(ValueError, match=sentence):
            Params(data_shape=tuple(shape), beat_resolution=resolution)


@settings(max_examples=15, deadline=None)
@given(
    bars=st.integers(1, 3),
    beats=st.integers(1, 4),
    resolution=st.sampled_from([1, 2, 3, 4, 5, 6, 8]),
    pitches=st.integers(1, 128),
    tracks=st.integers(1, 3),
)
def test_every_accepted_shape_has_a_generator_and_a_critic(
    bars: int, beats: int, resolution: int, pitches: int, tracks: int
) -> None:
    shape = [bars, beats * resolution, pitches, tracks]
    grid = grid_of(shape, resolution)
    torch.manual_seed(0)
    roll = DefaultGenerator(4, tracks, grid)(torch.randn(2, 4))
    assert roll.shape == (2, *shape)
    scores = DefaultCritic(tracks, grid)(roll)
    assert scores.shape == (2, max(1, bars - 1))
    assert bool(scores.isfinite().all())
