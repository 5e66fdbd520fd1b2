"""The key that a phrase is played in: learned in one key, played in that to which two values of the latent point.

What a generator has to learn of harmony is a twelfth of what it would be with every key for itself, and its tracks
cannot disagree about the key, although none of them hears another.
"""

from __future__ import annotations

import torch
from torch import Tensor

from bridge.contract import KEY_LENGTH, KEY_VALUES, key_direction
from training.key_fit import semitones
from training.measures.chroma import CLASSES
from training.transposition import transposed


def directions() -> Tensor:
    """(12 keys, 2): where the key values point for each."""
    return torch.tensor([key_direction(key) for key in range(CLASSES)])


def key_of(values: Tensor) -> Tensor:
    """(n, 2) to the keys that they point to, (n,) int64: 0 to 11, semitones above the roll's lowest pitch."""
    return torch.matmul(values.float(), directions().to(values.device).t()).argmax(1)


def pointing_to(keys: Tensor) -> Tensor:
    """The reverse of key_of: (n,) to (n, 2)."""
    return KEY_LENGTH * directions().to(keys.device)[keys]


def at_home(latents: Tensor) -> Tensor:
    """The same latents (n, size), but that their phrases come in the key that is learned in."""
    home = pointing_to(torch.zeros(len(latents), dtype=torch.int64, device=latents.device))
    return torch.cat((home.to(latents.dtype), latents[:, KEY_VALUES:]), dim=1)


def in_key(roll: Tensor, keys: Tensor, drums: Tensor, silence: float) -> Tensor:
    """(n, bars, steps, pitches, tracks) as learned, in these keys (n,); tracks that are `drums` (tracks,) bool stay."""
    return torch.where(drums, roll, transposed(roll, _semitones(keys), silence))


def out_of_key(roll: Tensor, keys: Tensor, drums: Tensor, silence: float) -> Tensor:
    """The reverse of in_key, but for what leaves the range."""
    return torch.where(drums, roll, transposed(roll, -_semitones(keys), silence))


def moves(pitches: int) -> Tensor:
    """(12 keys, pitches, pitches) of 0 and 1: what as a product, (..., pitches) by (pitches, pitches), puts into each
    key what is in the home key; transposed, the reverse."""
    return torch.stack([_move(pitches, semitones(key)) for key in range(CLASSES)])


def _move(pitches: int, up: int) -> Tensor:
    """Row from, column to."""
    to = torch.arange(pitches) + up
    inside = (to >= 0) & (to < pitches)
    return torch.nn.functional.one_hot(to.clamp(0, pitches - 1), pitches).float() * inside[:, None]


def _semitones(keys: Tensor) -> Tensor:
    return torch.tensor([semitones(key) for key in range(CLASSES)], device=keys.device)[keys]
