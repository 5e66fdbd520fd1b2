"""Notes and piano rolls, and the way from one to the other.

A roll is (bars, tracks, steps_per_bar, pitches) bool; a note's times are in beats (quarter notes). Runs of sounding
cells become notes; in a drum track every sounding cell is a hit of its own, one step long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract

Roll = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Note:
    """One note: MIDI pitch and velocity (0-127), start and duration in beats from the start of its bar."""

    pitch: int
    velocity: int
    start: float
    duration: float


def roll_to_notes(roll: Roll, contract: ModelContract, track: int, velocity: int = 100) -> list[Note]:
    """The notes of one track in one bar, by start, then pitch. The reverse of notes_to_roll.

    `roll` is (steps_per_bar, pitches). A note that reaches the bar's end stops there.
    """
    resolution = contract.steps_per_beat
    if contract.tracks[track].is_drum:
        starts, pitches = np.nonzero(roll)
        ends = starts + 1
    else:
        padded = np.zeros((roll.shape[0] + 2, roll.shape[1]), dtype=np.int8)
        padded[1:-1] = roll
        edges = np.diff(padded, axis=0)
        # Transposed, both searches run pitch by pitch, so that the n-th start belongs to the n-th end.
        pitches, starts = np.nonzero(edges.T == 1)
        ends = np.nonzero(edges.T == -1)[1]
        order = np.lexsort((pitches, starts))
        pitches, starts, ends = pitches[order], starts[order], ends[order]
    return [
        Note(contract.lowest_pitch + pitch, velocity, start / resolution, (end - start) / resolution)
        for pitch, start, end in zip(pitches.tolist(), starts.tolist(), ends.tolist(), strict=True)
    ]


def notes_to_roll(notes: Iterable[Note], contract: ModelContract, track: int) -> Roll:
    """The reverse of roll_to_notes: (steps_per_bar, pitches) bool. What lies outside the grid is left out."""
    roll = np.zeros((contract.steps_per_bar, contract.pitches), dtype=np.bool_)
    for note in notes:
        pitch = note.pitch - contract.lowest_pitch
        start = round(note.start * contract.steps_per_beat)
        length = 1 if contract.tracks[track].is_drum else max(1, round(note.duration * contract.steps_per_beat))
        if 0 <= pitch < contract.pitches and 0 <= start < contract.steps_per_bar:
            roll[start : start + length, pitch] = True
    return roll


def phrase_notes(roll: Roll, contract: ModelContract, velocity: int = 100) -> list[list[Note]]:
    """The notes of every track over a whole phrase; times in beats from the phrase's start.

    `roll` is (bars, tracks, steps_per_bar, pitches). A note held over a bar line is one note.
    """
    bars, tracks, steps, pitches = roll.shape
    long_bars: Sequence[Roll] = [roll[:, track].reshape(bars * steps, pitches) for track in range(tracks)]
    return [roll_to_notes(long_bar, contract, track, velocity) for track, long_bar in enumerate(long_bars)]
