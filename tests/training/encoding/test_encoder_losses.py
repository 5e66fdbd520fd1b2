"""What an encoder makes small."""

from __future__ import annotations

import pytest
import torch

from training.encoding.encoder_losses import beyond_prior, latent_error, missed_harmony, missed_notes
from training.sampling.latent_noise import draw_latents

ROLL = torch.where(torch.rand(2, 2, 4, 12, 3, generator=torch.Generator().manual_seed(0)) < 0.2, 1.0, -1.0)
ALL = torch.ones(2, 3)


def test_nothing_is_missed_where_the_right_cells_surely_sound() -> None:
    assert missed_notes(50.0 * ROLL, ROLL, ALL) == pytest.approx(0.0, abs=1e-6)


def test_everything_is_missed_where_only_the_wrong_cells_sound() -> None:
    assert missed_notes(-50.0 * ROLL, ROLL, ALL) > 0.9


def test_silence_that_stays_silent_is_nothing_missed() -> None:
    silence = torch.full_like(ROLL, -1.0)
    assert missed_notes(50.0 * silence, silence, ALL) == pytest.approx(0.0, abs=1e-6)


def test_tracks_that_are_not_given_do_not_count() -> None:
    wrong = ROLL.clone()
    wrong[..., 1:] = -wrong[..., 1:]
    given = torch.tensor([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    assert missed_notes(50.0 * wrong, ROLL, given) == pytest.approx(0.0, abs=1e-6)
    assert missed_notes(50.0 * wrong, ROLL, ALL) == pytest.approx(2 / 3, abs=0.05)


def test_half_of_the_notes_are_two_thirds_of_a_dice() -> None:
    roll = torch.full((1, 1, 4, 100, 1), -1.0)
    roll[:, :, :, :50] = 1.0
    half = roll.clone()
    half[:, :, :, :25] = -1.0
    assert missed_notes(50.0 * half, roll, torch.ones(1, 1)) == pytest.approx(1 / 3, abs=0.01)


def test_unsure_cells_still_pull_towards_the_notes() -> None:
    activations = torch.zeros_like(ROLL, requires_grad=True)
    torch.autograd.backward(missed_notes(activations, ROLL, ALL))
    assert activations.grad is not None
    assert bool((activations.grad[ROLL > 0] < 0).all())
    assert bool((activations.grad[ROLL < 0] > 0).all())


def test_the_error_of_latents_is_their_mean_square() -> None:
    assert latent_error(torch.tensor([[1.0, 3.0]]), torch.tensor([[0.0, 1.0]])) == pytest.approx(2.5)


def test_latents_as_long_as_drawn_ones_are_not_beyond_the_prior() -> None:
    drawn = draw_latents(64, 336, (1,))
    assert beyond_prior(drawn) < 0.02
    assert beyond_prior(0.3 * drawn) == 0.0
    assert beyond_prior(torch.full((4, 336), 1.9)) == pytest.approx(1.9**2 - 0.7737, rel=1e-3)


def test_the_same_chords_in_another_octave_and_rhythm_are_the_same_harmony() -> None:
    chords = torch.full((1, 2, 4, 30, 2), -1.0)  # whose highest octave is not whole
    chords[:, 0, :2, [0, 4, 7]] = 1.0
    chords[:, 1, :2, [2, 5, 9]] = 1.0
    moved = torch.full_like(chords, -1.0)
    moved[:, 0, 2:, [12, 16, 7]] = 1.0
    moved[:, 1, 2:, [14, 17, 9]] = 1.0
    given = torch.ones(1, 2)
    assert missed_harmony(50.0 * moved, chords, given) == pytest.approx(0.0, abs=1e-5)
    assert missed_harmony(50.0 * moved.flip(1), chords, given) == pytest.approx(1.0, abs=1e-5)


def test_harmony_is_asked_of_the_given_tracks_in_bars_that_sound() -> None:
    chords = torch.full((1, 2, 4, 24, 2), -1.0)
    chords[:, 0, :, 3, 0] = 1.0  # one note in one bar of one track
    played = chords.clone()
    played[:, 1, :, 5, 0] = 1.0
    played[:, 0, :, 8, 1] = 1.0
    assert missed_harmony(50.0 * played, chords, torch.tensor([[1.0, 0.0]])) == pytest.approx(0.0, abs=1e-5)
    assert missed_harmony(50.0 * played, chords, torch.ones(1, 2)) > 0.2
    assert missed_harmony(50.0 * played, chords, torch.zeros(1, 2)) == 0.0
