"""How far apart two tracks are in harmony: the tonal distance of Harte, Sandler and Gasser (2006), per beat."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from training.measures.chroma import CLASSES, beat_pitches, pitch_classes
from training.measures.ratios import Values, mean_where

RADII = (1.0, 1.0, 0.5)  # of the circles of fifths, minor thirds and major thirds
_SEMITONE = np.pi * np.array([7 / 6, 3 / 2, 2 / 3])  # how far a semitone turns on each circle


def pitched_pairs(tracks: int, drums: Sequence[int]) -> list[tuple[int, int]]:
    """Every two tracks that are not drums, lower number first."""
    return list(combinations([track for track in range(tracks) if track not in drums], 2))


def tonal_distance(cells: NDArray[np.bool_], pairs: Sequence[tuple[int, int]]) -> Values:
    """TD, a value a pair: the mean over the beats in which both sound, 0 (same harmony) to 3; nan where none is.

    `cells` is (phrases, bars, steps, pitches, tracks).
    """
    distances = beat_distances(pitch_classes(beat_pitches(cells)), pairs)
    return mean_where(np.nan_to_num(distances), ~np.isnan(distances), axis=(0, 1, 2))


def beat_distances(chroma: NDArray[np.int64], pairs: Sequence[tuple[int, int]]) -> Values:
    """(phrases, bars, beats, 12, tracks) to (phrases, bars, beats, pairs), nan where one of both is silent."""
    centroids = tonal_centroids(chroma)
    if not pairs:
        return np.zeros((*chroma.shape[:3], 0))
    return np.stack([np.linalg.norm(centroids[..., a] - centroids[..., b], axis=-1) for a, b in pairs], axis=-1)


def tonal_centroids(chroma: NDArray[np.int64]) -> Values:
    """(..., 12, tracks) to (..., 6, tracks): where each chroma, its sum taken as 1, lies; nan where it is silent."""
    turn = np.outer(_SEMITONE, np.arange(CLASSES))
    axes = np.stack([np.sin(turn), np.cos(turn)], axis=1) * np.array(RADII)[:, None, None]
    total = chroma.sum(axis=-2, keepdims=True)
    shares = np.where(total > 0, chroma / np.maximum(total, 1), np.nan)
    return np.asarray(axes.reshape(2 * len(RADII), CLASSES) @ shares)
