"""The key of a phrase: the major or minor key whose profile its pitch classes correlate with most (Krumhansl, 1990)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.measures.chroma import CLASSES

# How well listeners found each pitch class to fit a key, from the tonic upwards (Krumhansl and Kessler, 1982).
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
NO_KEY = -1


def keys(cells: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The key of each phrase (n, bars, steps, pitches, tracks) bool of pitched tracks, (n,): 0-11 the major keys from
    that of the lowest pitch upwards, 12-23 the minor ones, NO_KEY where nothing sounds or all classes sound alike."""
    sounding = cells.sum(axis=(1, 2, 4))  # (n, pitches)
    chroma = np.stack([sounding[:, first::CLASSES].sum(axis=1) for first in range(CLASSES)], axis=1).astype(np.float64)
    chroma -= chroma.mean(axis=1, keepdims=True)
    profiles = np.array([np.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(CLASSES)])
    profiles -= profiles.mean(axis=1, keepdims=True)
    profiles /= np.linalg.norm(profiles, axis=1, keepdims=True)
    found = np.argmax(chroma @ profiles.T, axis=1)
    return np.where(np.abs(chroma).sum(axis=1) > 0, found, NO_KEY)
