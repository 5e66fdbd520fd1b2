"""Which cells of a bar sound: those above the threshold, or, where a track has a density, as many steps as it asks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.pianoroll import Roll

Activations = NDArray[np.float32]

# Under a low enough threshold every cell sounds; so many are kept, the model's surest: four limbs, a guitar's strings.
DRUM_VOICES = 4
PITCHED_VOICES = 6


def sounding_cells(
    activations: Activations, contract: ModelContract, threshold: float, densities: Sequence[float] = ()
) -> Roll:
    """The cells (tracks, steps_per_bar, pitches) bool of a bar's `activations`, of that shape, in value_range.

    `threshold` is the share of the value range, 0-1. `densities` holds a density 0-1 for each track; what is negative
    or missing leaves that track to the threshold. A cell that is not a number is silent.
    """
    cells: Roll = np.asarray(activations > contract.to_cell_value(threshold))
    for track, density in enumerate(densities[: len(cells)]):
        if density >= 0:
            voices = DRUM_VOICES if contract.tracks[track].is_drum else PITCHED_VOICES
            cells[track] = dense_cells(activations[track], density, contract.value_range[0], voices)
    return cells


def dense_cells(activations: Activations, density: float, silence: float, voices: int) -> Roll:
    """The cells (steps, pitches) of one track, sounding in the share `density` (0-1) of its steps, rounded to a step.

    The threshold is the quantile of the steps' highest activations that reaches it; a sounding step keeps the cells
    at or above it, the `voices` highest at most. More density only adds cells. Steps that tie on the threshold sound
    together; a cell at `silence`, the value of the surely silent, never sounds, whatever is asked for.
    """
    sounding = int(density * len(activations) + 0.5)
    if not sounding:
        return np.zeros(activations.shape, dtype=np.bool_)
    heard = np.where(activations > silence, activations, -np.inf)  # not-a-number falls away too
    highest = heard.max(axis=1)
    threshold = np.partition(highest, -sounding)[-sounding]
    cells: Roll = np.asarray((heard >= threshold) & (heard > -np.inf))
    crowded = np.flatnonzero(cells.sum(axis=1) > voices)
    if len(crowded):
        surest = np.argpartition(heard[crowded], -voices, axis=1)[:, -voices:]
        cells[crowded] = False
        cells[crowded[:, None], surest] = True
    return cells
