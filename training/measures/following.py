"""Whether one track follows another: nearer in harmony to the clip that it was played to than to clips of other songs.

The distance is the tonal distance, over the beats in which both sound. Phrases of one song are no independent draws: a
standard error leaves out a song at a time (jackknife).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from training.measures.chroma import beat_pitches, pitch_classes
from training.measures.ratios import Values, ratio
from training.measures.tonal_distance import tonal_centroids


@dataclass(frozen=True)
class Comparisons:
    """Sums, a value a phrase (n,): of a track with the phrase's own clip, and with every clip of another song."""

    song: NDArray[np.int32]
    own: Values  # distances to its own clip
    own_beats: Values  # of how many beats
    others: Values  # distances to the others
    other_beats: Values
    nearer: Values  # clips that are farther from the track than its own; a tie is half a one
    compared: Values  # clips that both can be compared with
    clip_beats: Values  # in which its own clip sounds

    @classmethod
    def of(cls, clips: NDArray[np.bool_], played: NDArray[np.bool_], song: NDArray[np.int32]) -> Comparisons:
        """`clips` and `played` are a track each of phrases (n, bars, steps, pitches) bool, `song` (n,) which phrases
        belong together."""
        clip, track = _centroids(clips), _centroids(played)
        rows = [_row(track[number], clip, number, song != song[number]) for number in range(len(song))]
        own, own_beats, others, other_beats, nearer, compared = np.array(rows, dtype=np.float64).reshape(-1, 6).T
        clip_beats = np.asarray((~np.isnan(clip[..., 0])).sum(axis=1), dtype=np.float64)
        return cls(song, own, own_beats, others, other_beats, nearer, compared, clip_beats)

    @classmethod
    def joined(cls, parts: Sequence[Comparisons]) -> Comparisons:
        """Of several tracks or clips together; a song is the same in all."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


@dataclass(frozen=True)
class Following:
    """How a track follows; nan where nothing can be told. Errors are standard errors."""

    phrases: int
    own: float  # TD to its own clip, 0 (same harmony) to 3
    shuffled: float  # TD to clips of other songs
    gap: float  # shuffled - own: more is better
    gap_error: float
    nearer: float  # how often its own clip is nearer than another, 0-1; by chance 0.5
    nearer_error: float
    sounding: float  # share of the clip's beats in which the track sounds too, 0-1

    @classmethod
    def of(cls, found: Comparisons) -> Following:
        own = _overall(found.own, found.own_beats)
        shuffled = _overall(found.others, found.other_beats)
        gap = _left_out(found.others, found.other_beats, found.song) - _left_out(found.own, found.own_beats, found.song)
        return cls(
            phrases=len(found.song),
            own=own,
            shuffled=shuffled,
            gap=shuffled - own,
            gap_error=_jackknife(gap),
            nearer=_overall(found.nearer, found.compared),
            nearer_error=_jackknife(_left_out(found.nearer, found.compared, found.song)),
            sounding=_overall(found.own_beats, found.clip_beats),
        )


def _centroids(cells: NDArray[np.bool_]) -> Values:
    """(n, bars, steps, pitches) to (n, beats, 6), nan in beats of silence."""
    centroids = tonal_centroids(pitch_classes(beat_pitches(cells[..., None])))[..., 0]
    return centroids.reshape(len(cells), -1, centroids.shape[-1])


def _row(track: Values, clips: Values, own: int, is_other: NDArray[np.bool_]) -> tuple[float, ...]:
    """The six sums of Comparisons for a phrase: its track (beats, 6) beside all clips (n, beats, 6)."""
    distances = np.linalg.norm(track - clips, axis=2)
    heard = ~np.isnan(distances)
    sums, beats = np.where(heard, distances, 0.0).sum(axis=1), heard.sum(axis=1)
    means = ratio(sums, beats)
    comparable = is_other & (beats > 0) & (beats[own] > 0)
    farther, tied = means[comparable] > means[own], means[comparable] == means[own]
    nearer = farther.sum() + 0.5 * tied.sum()
    return sums[own], beats[own], sums[is_other].sum(), beats[is_other].sum(), nearer, comparable.sum()


def _overall(part: Values, whole: Values) -> float:
    return float(ratio(part.sum(), whole.sum()))


def _left_out(part: Values, whole: Values, song: NDArray[np.int32]) -> Values:
    """The overall ratio without each song in turn (songs,)."""
    _, place = np.unique(song, return_inverse=True)
    without = [total.sum() - np.bincount(place, weights=total) for total in (part, whole)]
    return ratio(without[0], without[1])


def _jackknife(left_out: Values) -> float:
    """The standard error of what was found anew without each song in turn; nan for fewer than two."""
    songs = len(left_out)
    if songs < 2:
        return float("nan")
    return float(np.sqrt((songs - 1) / songs * np.square(left_out - left_out.mean()).sum()))
