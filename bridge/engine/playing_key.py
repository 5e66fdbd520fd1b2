"""The key of models that have one: the musician's, in which the band plays note for note what it would in another, and
that of music which goes on from other music.

A mode has the notes of a major key (D dorian those of C), and that is the key which the model is told. What is then
outside the scale, the scale lock moves (bridge/playing/scale_lock.py).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bridge.contract import FIFTH, KEY_LENGTH, OCTAVE, ModelContract, key_direction
from bridge.engine.latents import Latent
from bridge.playing.scale_names import OFF, SCALES, key_pitch_class

MINOR_THIRD, MAJOR_THIRD = 3, 4  # semitones


def in_key(latent: Latent, contract: ModelContract, key: str, scale: str) -> Latent:
    """The latent that plays in this key and scale, spelled as key_name and scale_name give them.

    The very latent that came without a key, without a scale, and for models whose latent has none.
    """
    if not contract.latent.key or OFF in (key, scale):
        return latent
    semitones = (major_key(key, scale) - contract.lowest_pitch) % OCTAVE
    moved = latent.copy()
    moved[: contract.latent.key] = [KEY_LENGTH * part for part in key_direction(semitones)]
    return moved


def in_key_of(latent: Latent, other: Latent, contract: ModelContract) -> Latent:
    """The latent in the key of another: on the way between two keys are others, which neither of both asked for."""
    values = contract.latent.key
    return np.concatenate((other[:values], latent[values:])) if values else latent


@lru_cache(maxsize=256)
def major_key(key: str, scale: str) -> int:
    """The major key (0 C to 11 B) that holds most of a scale's notes; of several, the nearest on the circle of fifths
    to the key note's own, or where the third is minor, to that of which it is the relative minor."""
    tonic, steps = key_pitch_class(key), SCALES[scale]
    usual = tonic + MINOR_THIRD if MINOR_THIRD in steps and MAJOR_THIRD not in steps else tonic
    notes = {(tonic + step) % OCTAVE for step in steps}

    def fit(major: int) -> tuple[int, int]:
        inside = {(major + step) % OCTAVE for step in SCALES["major"]}
        fifths = (major - usual) * FIFTH % OCTAVE
        return len(notes & inside), -min(fifths, OCTAVE - fifths)

    return max(range(OCTAVE), key=fit)
