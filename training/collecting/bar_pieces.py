"""The notes of some bars, cut at the bar lines, and what each bar of each track holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.collecting.grid_notes import GridNotes, Ints
from training.data.phrase_file import PhraseRules


@dataclass(frozen=True, slots=True)
class BarPieces:
    """Notes cut at the bar lines, a column each; start and end in steps from the start of the bar.

    A slot is a bar of a track: track * bars + bar. Of each of them: onsets, packed pitches that sound, active steps.
    """

    bars: int
    slots: int
    slot: Ints
    pitch: Ints
    start: Ints
    end: Ints
    onsets: Ints  # (tracks, bars)
    pitches: NDArray[np.uint8]  # (tracks, bars, bytes)
    active_steps: Ints  # (tracks, bars)

    @staticmethod
    def of(notes: GridNotes, tracks: int, first_bar: int, bars: int, rules: PhraseRules) -> BarPieces:
        """The pieces that sound in some bars of a region, the first of them `first_bar`."""
        size, slots = rules.steps_per_bar, tracks * bars
        origin, steps = first_bar * size, bars * size
        inside = (notes.end > origin) & (notes.start < origin + steps)
        track, pitch, start, end = (
            column[inside] for column in (notes.track, notes.pitch, notes.start - origin, notes.end - origin)
        )
        begins = start >= 0
        onsets = np.bincount(track[begins] * bars + start[begins] // size, minlength=slots)
        start, end = np.maximum(start, 0), np.minimum(end, steps)
        first = start // size
        note, number = runs((end - 1) // size - first + 1)
        bar = first[note] + number
        slot, pitch = (track * bars)[note] + bar, pitch[note]
        bar_start = bar * size
        pitches = np.zeros((slots, rules.pitches), dtype=np.bool_)
        pitches[slot, pitch] = True
        return BarPieces(
            bars=bars,
            slots=slots,
            slot=slot,
            pitch=pitch,
            start=np.maximum(start[note] - bar_start, 0),
            end=np.minimum(end[note] - bar_start, size),
            onsets=onsets.reshape(tracks, bars),
            pitches=np.packbits(pitches, axis=1).reshape(tracks, bars, -1),
            active_steps=_active_steps(track, start, end, (tracks, bars, size)),
        )


def runs(lengths: Ints) -> tuple[Ints, Ints]:
    """Runs of some lengths, one after the other: of each item the number of its run, and its place in the run."""
    run = np.repeat(np.arange(len(lengths)), lengths)
    return run, np.arange(len(run)) - (np.cumsum(lengths) - lengths)[run]


def _active_steps(track: Ints, start: Ints, end: Ints, shape: tuple[int, int, int]) -> Ints:
    """In how many steps of each bar something sounds: (tracks, bars), from notes and (tracks, bars, steps a bar)."""
    tracks, bars, size = shape
    row = bars * size + 1
    # +1 where a note begins, -1 where it ends: the running sum counts the notes that sound.
    edges = np.bincount(track * row + start, minlength=tracks * row) - np.bincount(
        track * row + end, minlength=tracks * row
    )
    sounding = np.cumsum(edges.reshape(tracks, row)[:, :-1], axis=1) > 0
    counts: Ints = sounding.reshape(shape).sum(axis=2)
    return counts
