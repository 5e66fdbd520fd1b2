"""Objective measures of phrases, a value a track; Dong et al., "MuseGAN", AAAI 2018, section 5.1, octaves truly folded.

All take (phrases, bars, steps, pitches, tracks) bool, and give nan for a track where nothing can be measured.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.key_fit import MAJOR_KEYS
from training.measures.chroma import pitch_classes
from training.measures.ratios import Values, mean_where, ratio

Cells = NDArray[np.bool_]


def tracks_outermost(cells: Cells) -> Cells:
    """The same cells, laid out in memory track by track: most measures are several times faster on them, for they add
    up pitches and steps."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(cells, -1, 0)), 0, -1)


def empty_bar_rate(cells: Cells) -> Values:
    """EB: share of bars without a note."""
    sounding: Cells = np.asarray(cells.any(axis=(2, 3)))
    return ratio((~sounding).sum(axis=(0, 1)), np.full(cells.shape[4], sounding[..., 0].size))


def pitch_classes_used(cells: Cells) -> Values:
    """UPC: pitch classes (0-12) per sounding bar."""
    classes = (pitch_classes(np.asarray(cells.any(axis=2))) > 0).sum(axis=2)  # (phrases, bars, tracks)
    return mean_where(classes, np.asarray(classes > 0), axis=(0, 1))


def notes_per_bar(cells: Cells) -> Values:
    """Notes begun per bar, silent bars included; a note held over a bar line begins again."""
    bars = np.full(cells.shape[4], cells.shape[0] * cells.shape[1])
    return ratio(note_onsets(cells).sum(axis=(0, 1, 2, 3)), bars)


def qualified_note_rate(cells: Cells, shortest: int = 2) -> Values:
    """QN: share of notes at least `shortest` steps long, notes ending at the bar line.

    The papers say 3, their programs count from 2.
    """
    onsets = note_onsets(cells)
    long = onsets[:, :, : max(0, cells.shape[2] - shortest + 1)].copy(order="K")
    for later in range(1, shortest):
        long &= cells[:, :, later : later + long.shape[2]]
    return ratio(long.sum(axis=(0, 1, 2, 3)), onsets.sum(axis=(0, 1, 2, 3)))


def note_onsets(cells: Cells) -> Cells:
    """The cells in which a note begins, each bar for itself; the shape of `cells`."""
    onsets = cells.copy(order="K")  # however the axes lie in memory
    onsets[:, :, 1:] &= ~cells[:, :, :-1]
    return onsets


def bar_change(cells: Cells) -> Values:
    """How much a bar differs from the one before it: of the cells that sound in either of both, the share (0-1) that
    sounds in one alone (Jaccard), in the mean over neighbouring bars of which one plays."""
    before, after = cells[:, :-1], cells[:, 1:]
    either = (before | after).sum(axis=(2, 3))
    changed = (before ^ after).sum(axis=(2, 3))
    return mean_where(changed / np.maximum(either, 1), np.asarray(either > 0), axis=(0, 1))


def polyphonic_rate(cells: Cells, at_least: int = 2) -> Values:
    """Share of sounding steps with `at_least` pitches at once."""
    pitches = cells.sum(axis=3, dtype=np.uint8)
    return ratio((pitches >= at_least).sum(axis=(0, 1, 2)), (pitches > 0).sum(axis=(0, 1, 2)))


def polyphonic_step_rate(cells: Cells, at_least: int = 2) -> Values:
    """PP: share of all steps with `at_least` pitches at once."""
    polyphonic = cells.sum(axis=3, dtype=np.uint8) >= at_least
    return ratio(polyphonic.sum(axis=(0, 1, 2)), np.full(cells.shape[4], polyphonic[..., 0].size))


def in_scale_rate(cells: Cells, drums: Sequence[int]) -> Values:
    """Share of sounding cells in the key of their phrase; nan for the drums.

    The key is the major (or its relative minor) that holds most of what the pitched tracks play together.
    """
    chroma = pitch_classes(cells.sum(axis=(1, 2), dtype=np.uint16))  # (phrases, 12, tracks)
    chroma[..., list(drums)] = 0
    keys = (chroma.sum(axis=-1) @ MAJOR_KEYS.T).argmax(axis=1)
    in_key = chroma * MAJOR_KEYS[keys][:, :, None]
    return ratio(in_key.sum(axis=(0, 1)), chroma.sum(axis=(0, 1)))


def density(cells: Cells) -> Values:
    """Share of sounding cells."""
    return ratio(cells.sum(axis=(0, 1, 2, 3)), np.full(cells.shape[4], cells[..., 0].size))
