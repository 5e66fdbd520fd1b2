"""A latent under its name, and what a name may be."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.pianoroll import Roll

MAX_NAME_LENGTH = 200
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_CONTROL_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")  # controls, lone surrogates, line and paragraph separators


@dataclass(frozen=True, slots=True, eq=False)
class SavedLatent:
    """A latent under its name, with what is needed to hear it when its model is gone."""

    name: str
    model_hash: str
    values: NDArray[np.float32]  # (n,): one latent, or a whole piece of them in a row
    roll: Roll | None  # (bars, tracks, steps_per_bar, pitches) bool, as it sounded
    saved_at: float  # Unix seconds
    picture: bytes | None = None  # a PNG of the roll


@dataclass(frozen=True, slots=True)
class LatentSummary:
    """What a list shows of a saved latent."""

    name: str
    model_hash: str
    saved_at: float  # Unix seconds


def check_name(name: str, what: str = "the name") -> None:
    """Raises ValueError unless the name has 1 to MAX_NAME_LENGTH characters and no control character among them.

    Blanks, slashes, quotes and emoji are characters like others: a name is never a path.
    """
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise ValueError(f"{what} has {len(name)} characters, expected 1 to {MAX_NAME_LENGTH}")
    if name.isascii() and name.isprintable():
        return  # nearly always, and the engine's thread asks for each entry of the history
    for character in name:
        if unicodedata.category(character) in _CONTROL_CATEGORIES:
            raise ValueError(f"{what} {name!r} holds the control character {character!r}: leave it out")


def check_latent(latent: SavedLatent) -> None:
    """Raises ValueError for a name that check_name refuses, arrays of another shape, or a picture that is no PNG."""
    check_name(latent.name)
    if latent.values.ndim != 1 or (latent.roll is not None and latent.roll.ndim != 4):
        roll_shape = None if latent.roll is None else latent.roll.shape
        raise ValueError(
            f"{latent.name!r} has values of shape {latent.values.shape} and a roll of shape {roll_shape}, "
            "expected (n,) and (bars, tracks, steps_per_bar, pitches)"
        )
    if latent.picture is not None and not latent.picture.startswith(PNG_SIGNATURE):
        raise ValueError(f"{latent.name!r} has a picture that begins with {latent.picture[:8]!r}, expected a PNG")
