"""What an encoder makes small: errors of latents and of the notes that come out again, and latents that no song has."""

from __future__ import annotations

import torch
from torch import Tensor

from training.networks.grid import OCTAVE
from training.networks.normalisation import at_least_float32

EMPTY = 1.0  # cells, added to both sides of a share: a silent track that stays silent is found whole
PRIOR_SQUARE = 0.7737  # mean square of a normal distribution cut at two standard deviations


def latent_error(found: Tensor, latents: Tensor) -> Tensor:
    """Mean squared error of (batch, latent_size)."""
    return (found - latents).square().mean()


def missed_notes(activations: Tensor, roll: Tensor, given: Tensor) -> Tensor:
    """1 - Dice between how far the cells sound and whether they should: the mean over the given tracks.

    `activations` (batch, bars, steps, pitches, tracks) before tanh; `roll` the same in {-1, 1}; `given` (batch, tracks)
    in {0, 1}.
    """
    sounding = torch.sigmoid(2.0 * activations)  # (tanh + 1) / 2
    cells = (at_least_float32(roll) + 1.0) / 2.0
    both = (sounding * cells).sum((1, 2, 3))
    either = sounding.sum((1, 2, 3)) + cells.sum((1, 2, 3))
    missed = 1.0 - (2.0 * both + EMPTY) / (either + EMPTY)
    return (missed * given).sum() / given.sum().clamp_min(1.0)


def missed_harmony(activations: Tensor, roll: Tensor, given: Tensor) -> Tensor:
    """1 - the cosine between how long each pitch class sounds in a bar and how long it should: the mean over the bars
    in which anything should sound. Where the notes themselves cannot be had, their chords still can.

    `given` (batch, tracks) in {0, 1}: the tracks that count, drums not among them; the rest as missed_notes.
    """
    found = _chroma(torch.sigmoid(2.0 * activations), given)
    wanted = _chroma((at_least_float32(roll) + 1.0) / 2.0, given)
    sounds = wanted.sum(2) > 0.0
    missed = 1.0 - torch.cosine_similarity(found, wanted, dim=2)
    return (missed * sounds).sum() / sounds.sum().clamp_min(1)


def _chroma(sounding: Tensor, given: Tensor) -> Tensor:
    """(batch, bars, 12) of (batch, bars, steps, pitches, tracks): the given tracks' steps by pitch class."""
    together = (sounding * given[:, None, None, None, :]).sum((2, 4))
    whole = torch.nn.functional.pad(together, (0, -together.shape[2] % OCTAVE))
    return whole.reshape(*whole.shape[:2], -1, OCTAVE).sum(2)


def beyond_prior(found: Tensor) -> Tensor:
    """By how much the mean square of each latent (batch, latent_size) is above that of latents that are drawn.

    Below it is as it should be: what the notes do not tell is expected at 0.
    """
    return (found.square().mean(1) - PRIOR_SQUARE).clamp_min(0.0).mean()


def home_unheard(scores: Tensor) -> Tensor:
    """Cross-entropy of (batch, 12 keys) where all phrases are in the home key; 0 where all are heard to be."""
    return -torch.log_softmax(at_least_float32(scores), dim=1)[:, 0].mean()
