"""Which major key notes fit best, from how long each pitch class sounds.

A key has the notes of its relative minor and of its modes: they all count as one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.measures.chroma import CLASSES

MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
# Row k: the pitch classes of the major key on class k; its natural minor has the same.
MAJOR_KEYS = np.stack([np.roll(np.isin(np.arange(CLASSES), MAJOR_SCALE).astype(np.int64), k) for k in range(CLASSES)])
# How well listeners found each pitch class to fit a key, from the tonic upwards (Krumhansl and Kessler, 1982).
MAJOR_PROFILE = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR_PROFILE = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
RELATIVE_MINOR = 9  # semitones above its major key
# Few notes fit several keys alike: between those the profiles decide, and nowhere else.
PROFILE_SHARE = 0.02
LOWEST_SHIFT, HIGHEST_SHIFT = -5, 6  # semitones: each key once


def key_fit() -> NDArray[np.float32]:
    """(12 keys, 12 pitch classes): the product with the steps of each pitch class is how well each major key fits.

    Key and pitch class are counted from the class of the roll's lowest pitch.
    """
    profile = np.array(MAJOR_PROFILE) + np.roll(MINOR_PROFILE, RELATIVE_MINOR)
    profile = (profile - profile.mean()) / profile.std()
    home = MAJOR_KEYS[0] + PROFILE_SHARE * profile
    return np.stack([np.roll(home, key) for key in range(CLASSES)]).astype(np.float32)


def semitones(key: int) -> int:
    """By how much to transpose from key 0 to this one: up or down, whichever is nearer."""
    return (key - LOWEST_SHIFT) % CLASSES + LOWEST_SHIFT
