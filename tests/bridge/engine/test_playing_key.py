"""The musician's key, told to a model that has one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridge.contract import ModelContract, key_direction
from bridge.engine.band import Band
from bridge.engine.latents import draw_latent
from bridge.engine.piece import plain_piece
from bridge.engine.piece_morph import morph_pieces
from bridge.engine.playing_key import in_key, in_key_of, major_key
from bridge.engine.wander import BARS_A_LEG, wander
from bridge.generator import Generator
from bridge.paths import EMBEDDED_MODEL
from bridge.playing.style import Style


@pytest.fixture
def keyed(band: ModelContract) -> ModelContract:
    return replace(band, latent=replace(band.latent, key=2))


@pytest.mark.parametrize(("key", "scale"), [("off", "major"), ("D", "off")])
def test_without_a_key_or_a_scale_the_latent_keeps_its_own(keyed: ModelContract, key: str, scale: str) -> None:
    latent = draw_latent(keyed, 1)
    assert in_key(latent, keyed, key, scale) is latent


def test_a_model_without_a_key_is_told_none(band: ModelContract) -> None:
    latent = draw_latent(band, 1)
    assert in_key(latent, band, "D", "major") is latent


@pytest.mark.parametrize("lowest_pitch", [24, 21])
def test_only_the_key_values_change_and_point_to_the_key(keyed: ModelContract, lowest_pitch: int) -> None:
    contract = replace(keyed, lowest_pitch=lowest_pitch)
    latent = draw_latent(contract, 1)
    before = latent.copy()
    moved = in_key(latent, contract, "D", "major")
    np.testing.assert_array_equal(latent, before)
    np.testing.assert_array_equal(moved[2:], latent[2:])
    above = (2 - lowest_pitch) % 12
    np.testing.assert_allclose(moved[:2] / np.linalg.norm(moved[:2]), key_direction(above), atol=1e-6)


@pytest.mark.parametrize(
    ("key", "scale", "expected"),
    [
        ("D", "major", 2),
        ("D", "minor", 5),
        ("D", "dorian", 0),
        ("E", "phrygian", 0),
        ("F", "lydian", 0),
        ("G", "mixolydian", 0),
        ("B", "locrian", 0),
        ("A", "harmonic_minor", 0),
        ("A", "minor_pentatonic", 0),
        ("A", "blues", 0),
        ("C", "major_pentatonic", 0),
        ("F#", "chromatic", 6),
        ("Bb", "major", 10),
    ],
)
def test_a_scale_has_the_major_key_that_holds_its_notes(key: str, scale: str, expected: int) -> None:
    assert major_key(key, scale) == expected


def test_a_latent_takes_anothers_key_and_nothing_else(keyed: ModelContract, band: ModelContract) -> None:
    one, other = draw_latent(keyed, 1), draw_latent(keyed, 2)
    np.testing.assert_array_equal(in_key_of(one, other, keyed), [*other[:2], *one[2:]])
    assert in_key_of(one, other, band) is one


@pytest.mark.parametrize(("share", "heavier"), [(0.1, 0), (0.45, 0), (0.55, 1), (0.9, 1)])
def test_a_morph_is_in_the_key_of_the_nearer_end(keyed: ModelContract, share: float, heavier: int) -> None:
    latents = [draw_latent(keyed, seed) for seed in (1, 2)]
    piece = morph_pieces([plain_piece(latent, keyed) for latent in latents], [1.0 - share, share], keyed)
    (between,) = piece.sources
    np.testing.assert_array_equal(between[:2], latents[heavier][:2])
    assert not np.array_equal(between[2:], latents[heavier][2:])


def test_a_walk_stays_in_its_key(keyed: ModelContract) -> None:
    start = draw_latent(keyed, 1)
    for bar in (1, BARS_A_LEG - 1, BARS_A_LEG, BARS_A_LEG + 5, 3 * BARS_A_LEG):
        walked = wander(start, bar, 7, keyed)
        np.testing.assert_array_equal(walked[:2], start[:2])
        assert not np.array_equal(walked[2:], start[2:])


def test_the_band_that_comes_along_plays_the_same_in_the_key_that_it_is_told() -> None:
    playing = Band(Generator(EMBEDDED_MODEL, "cpu"))
    contract = playing.contract
    scale = [0, 2, 4, 5, 7, 9, 11]
    inside = sounding = 0
    for seed in range(12):
        piece = plain_piece(draw_latent(contract, seed), contract)
        in_c, in_d, in_b_minor = (
            playing.roll(piece, Style(key=key, scale=scale_name))
            for key, scale_name in (("C", "major"), ("D", "major"), ("B", "minor"))
        )
        np.testing.assert_array_equal(in_d, in_b_minor)  # the same notes
        np.testing.assert_array_equal(in_d[:, 0], in_c[:, 0])  # the drums
        np.testing.assert_array_equal(in_d[:, 1:, :, 2:], in_c[:, 1:, :, :-2])
        by_class = in_c[:, 1:].reshape(-1, contract.pitches // 12, 12).sum(axis=(0, 1))
        inside += int(by_class[scale].sum())
        sounding += int(by_class.sum())
    assert inside / sounding > 0.85
