"""The key of a phrase: the major or minor key whose profile its pitch classes correlate with most (Krumhansl, 1990)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.key_fit import MAJOR_PROFILE, MINOR_PROFILE
from training.measures.chroma import CLASSES

NO_KEY = -1


def keys(cells: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The key of each phrase (n, bars, steps, pitches, tracks) bool of pitched tracks, (n,): 0-11 the major keys from
    that of the lowest pitch upwards, 12-23 the minor ones, NO_KEY where nothing sounds or all classes sound alike."""
    sounding = cells.sum(axis=(1, 2, 4))  # (n, pitches)
    chroma = np.stack([sounding[:, first::CLASSES].sum(axis=1) for first in range(CLASSES)], axis=1).astype(np.float64)
    chroma -= chroma.mean(axis=1, keepdims=True)
    profiles = np.array(
        [np.roll(profile, tonic) for profile in (MAJOR_PROFILE, MINOR_PROFILE) for tonic in range(CLASSES)]
    )
    profiles -= profiles.mean(axis=1, keepdims=True)
    profiles /= np.linalg.norm(profiles, axis=1, keepdims=True)
    found = np.argmax(chroma @ profiles.T, axis=1)
    return np.where(np.abs(chroma).sum(axis=1) > 0, found, NO_KEY)
