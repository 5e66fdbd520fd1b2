"""Where notes are in harmony, and so how far apart two tracks are: the tonal distance of Harte, Sandler and Gasser
(2006), as maisynth-train evaluate measures it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.pianoroll import Roll

RADII = (1.0, 1.0, 0.5)  # of the circles of fifths, minor thirds and major thirds
_SEMITONE = np.pi * np.array([7 / 6, 3 / 2, 2 / 3])  # how far a semitone turns on each circle

Harmonies = NDArray[np.float64]  # (..., 6); nan where nothing sounds


def beat_harmonies(rolls: Roll, contract: ModelContract) -> Harmonies:
    """(..., steps_per_bar, pitches) to (..., beats_per_bar, 6): the centre of each beat's notes, as long as they sound,
    on the three circles; octaves are one."""
    *before, _, pitches = rolls.shape
    beats = rolls.reshape(*before, contract.beats_per_bar, contract.steps_per_beat, pitches)
    sounding = beats.sum(axis=-2, dtype=np.float64)  # steps of each pitch
    total = sounding.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(total > 0.0, sounding @ _on_circles(pitches) / np.maximum(total, 1.0), np.nan))


def tonal_distances(one: Harmonies, other: Harmonies) -> NDArray[np.float64]:
    """(..., 6) and (..., 6) to (...): 0 (the same harmony) to 3, nan where one of both is silent."""
    return np.asarray(np.linalg.norm(one - other, axis=-1))


def _on_circles(pitches: int) -> Harmonies:
    """(pitches, 6): where each pitch lies."""
    turn = np.outer(np.arange(pitches), _SEMITONE)
    return np.asarray(np.stack([np.sin(turn), np.cos(turn)], axis=2) * np.array(RADII)[:, None]).reshape(pitches, 6)
