"""The notes of a song to phrases: onto the grid, one roll a family, windows of a few bars."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.collecting.families import DRUMS, FAMILIES
from training.collecting.grid_notes import Ints, Region, SongNotes, TrackNotes, notes_by_region, notes_on_grid
from training.collecting.phrase_windows import Windows, windows_of
from training.collecting.timing_offset import constant_phase
from training.data.phrase_file import PhraseRules


@dataclass(frozen=True, slots=True)
class SongPhrases:
    """The distinct phrases of one file: packed (n, bytes), first bar in the file (n,), families active (n, 5) bool.

    `digests` (n,) tell phrases apart, also those of different files: 64 bits, of which two in the 18 million phrases of
    the Lakh data set agree by chance in one of 100,000 such sets.
    """

    phrases: NDArray[np.uint8]
    first_bar: NDArray[np.int32]
    active: NDArray[np.bool_]
    digests: NDArray[np.uint64]


def song_phrases(
    tracks: list[TrackNotes], regions: list[Region], ticks_per_quarter: int, rules: PhraseRules
) -> SongPhrases | None:
    """The distinct phrases of the notes of a song, tracks and regions in ticks. None if it has none."""
    # A kit is one instrument, also where each drum has a track of its own: all of them are on one channel.
    notes = SongNotes.of(tracks, pooled=range(len(FAMILIES)) if rules.merge_families else (DRUMS,))
    phase = constant_phase(notes.start, regions, ticks_per_quarter)
    found: list[Windows] = []
    for region, near in zip(regions, notes_by_region(notes, regions, ticks_per_quarter), strict=True):
        on_grid = notes_on_grid(near, region, phase, ticks_per_quarter, rules)
        found += [
            replace(windows, first_bar=windows.first_bar + region.first_bar)
            for windows in windows_of(on_grid, notes.families, region.bars, rules)
        ]
    return _distinct(found, rules) if found else None


def _distinct(found: Sequence[Windows], rules: PhraseRules) -> SongPhrases:
    """Each phrase once, where it is played first. Most bars are in several phrases, and many recur."""
    packed, first_bar, active = (
        np.concatenate([getattr(windows, name) for windows in found]) for name in ("packed_bars", "first_bar", "active")
    )
    before = np.cumsum([0, *(len(windows.packed_bars) for windows in found[:-1])])
    bars = np.concatenate([windows.bars + kept for windows, kept in zip(found, before, strict=True)])
    digests = _joined_digests(_digests(packed)[bars])
    _, distinct = np.unique(digests, return_index=True)
    distinct.sort()  # in the order in which they are played
    return SongPhrases(
        phrases=_joined(packed, bars[distinct], rules),
        first_bar=first_bar[distinct].astype(np.int32),
        active=active[distinct],
        digests=digests[distinct],
    )


def _digests(packed_bars: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """A digest of each bar, (n, bytes) -> (n,)."""
    digests = b"".join(hashlib.blake2b(bar, digest_size=8).digest() for bar in packed_bars)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _joined_digests(bars: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A digest of each phrase from those of its bars, (n, bars) -> (n,): a polynomial, so that their order counts."""
    phrase = np.zeros(len(bars), dtype=np.uint64)
    for bar in bars.T:
        phrase = phrase * _ODD + bar
    return phrase


_ODD = np.uint64(0x9E3779B97F4A7C15)


def _joined(packed_bars: NDArray[np.uint8], places: Ints, rules: PhraseRules) -> NDArray[np.uint8]:
    """Packed bars (n, bytes) -> packed phrases (m, bytes), each made of the bars (m, bars)."""
    bar_cells = rules.steps_per_bar * rules.pitches * len(FAMILIES)
    if bar_cells % 8 == 0:
        return packed_bars[places].reshape(len(places), -1)
    cells = np.unpackbits(packed_bars, axis=1, count=bar_cells)
    return np.packbits(cells[places].reshape(len(places), -1), axis=1)
