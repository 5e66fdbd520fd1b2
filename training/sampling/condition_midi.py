"""A musician's MIDI file as what an accompaniment plays to: one track of it, phrase after phrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from symusic.core import ScoreTick

from training.collecting.families import DRUMS, FAMILIES, PIANO, family_of
from training.collecting.grid_notes import GridNotes, Region, SongNotes, notes_on_grid
from training.config import Config, Params
from training.data.phrase_file import PhraseRules

MOST_BARS = 1000
OCTAVE = 12


class ConditionError(ValueError):
    """Nothing can be played to; the message says what came, what was expected and what to do."""


@dataclass(frozen=True)
class GivenTrack:
    """`phrases` (n, bars, steps, pitches) in {-1, 1}, the last filled up with silence; `tempo` in quarter notes a
    minute, None if the file says none; `notice`: what had to be changed, in a sentence."""

    name: str
    phrases: NDArray[np.float32]
    tempo: float | None
    notice: str | None


@dataclass(frozen=True)
class _Notes:
    """A track with notes; `number` counts such tracks from 1, times are in ticks."""

    number: int
    name: str
    family: int | None
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    pitch: NDArray[np.int64]

    def __str__(self) -> str:
        family = "no family of the band" if self.family is None else FAMILIES[self.family]
        return f"{self.number} {self.name!r} ({family})"


def read_given_track(path: Path, params: Params, config: Config, chosen: str | None = None) -> GivenTrack:
    """The part of the file that stands for the model's given track: what is `chosen`, by name or by number from 1, else
    all tracks of the same family, else of the only family there is. Drums stand for drums alone unless chosen.

    Notes are put on the grid as those of the training data are. Raises ConditionError.
    """
    score = _load(path)
    tracks = _tracks(path, score)
    given = params.condition_track_idx
    assert given is not None, "the caller has an accompaniment"
    is_drum = bool(config.midi.is_drums[given])
    if chosen is not None:
        found = _named(tracks, chosen, path)
    else:
        found = _alike(tracks, family_of(config.midi.programs[given], is_drum), is_drum)
        if not found:
            raise ConditionError(
                f"{path}: which track stands for the {config.midi.track_names[given]} that the model plays to? Say "
                f"--condition-track with a number or a name of: {_listed(tracks)}"
            )
    start, end, pitch = (np.concatenate([getattr(one, name) for one in found]) for name in ("start", "end", "pitch"))
    rules = PhraseRules(
        steps_per_beat=params.beat_resolution, lowest_pitch=config.midi.lowest_pitch, pitches=params.data_shape[2]
    )
    pitch, outside = _into_range(pitch - rules.lowest_pitch, rules.pitches, is_drum)
    song = SongNotes((DRUMS if is_drum else PIANO,), np.zeros_like(pitch), pitch + rules.lowest_pitch, start, end)
    tempo = float(score.tempos[0].qpm) if len(score.tempos) else None
    return GivenTrack(
        name=" and ".join(dict.fromkeys(track.name or str(track) for track in found)),
        phrases=_phrases(path, song, score.ticks_per_quarter, rules, params),
        tempo=None if tempo is None else min(999.0, max(5.0, tempo)),
        notice="; ".join([*outside, *_other_metres(score, params)]) or None,
    )


def _load(path: Path) -> ScoreTick:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConditionError(f"{path} cannot be read: {error.strerror}") from error
    if data[:4] != b"MThd":
        what = "does not begin as one" if data else "is empty"
        raise ConditionError(f"{path} is not a MIDI file: it {what}. Export one from your DAW (.mid)")
    try:
        return ScoreTick.from_midi(data)
    except Exception as error:  # whatever the reader makes of a broken file
        raise ConditionError(f"{path} is not a MIDI file that can be read: {str(error).strip()}") from error


def _tracks(path: Path, score: ScoreTick) -> list[_Notes]:
    """Those with notes. Raises ConditionError if there are none."""
    tracks: list[_Notes] = []
    for track in score.tracks:
        if not len(track.notes):
            continue
        columns = track.notes.numpy()
        start, duration, pitch = (columns[name].astype(np.int64) for name in ("time", "duration", "pitch"))
        if start.min() < 0 or duration.min() < 0:
            raise ConditionError(f"{path} has a note at a negative time: its times overflow. Export it again")
        family = family_of(track.program, track.is_drum)
        tracks.append(_Notes(len(tracks) + 1, track.name.strip(), family, start, start + duration, pitch))
    if not tracks:
        raise ConditionError(f"{path} has no notes to play to")
    return tracks


def _named(tracks: Sequence[_Notes], chosen: str, path: Path) -> list[_Notes]:
    """All of that name, or the one of that number."""
    found = [track for track in tracks if track.name.casefold() == chosen.strip().casefold()] or [
        track for track in tracks if str(track.number) == chosen.strip()
    ]
    if not found:
        raise ConditionError(f"{path} has no track {chosen!r} with notes, it has: {_listed(tracks)}")
    return found


def _alike(tracks: Sequence[_Notes], wanted: int | None, is_drum: bool) -> list[_Notes]:
    """All of the wanted family, else of the only family that there is, drums apart; none where there are several."""
    found = [] if wanted is None else [track for track in tracks if track.family == wanted]
    if not found:
        found = [track for track in tracks if (track.family == DRUMS) == is_drum]
    return found if len({track.family for track in found}) == 1 else []


def _listed(tracks: Sequence[_Notes]) -> str:
    return "; ".join(map(str, tracks))


def _into_range(place: NDArray[np.int64], pitches: int, is_drum: bool) -> tuple[NDArray[np.int64], list[str]]:
    """Pitches from the model's lowest on, and what is to be said: those outside are moved by octaves if that helps."""
    outside = (place < 0) | (place >= pitches)
    count = int(outside.sum())
    if not count:
        return place, []
    notes = "1 note was" if count == 1 else f"{count} notes were"
    if is_drum or pitches < OCTAVE:
        return place, [f"{notes} left out, outside the model's range"]
    top = pitches - OCTAVE
    moved = np.where(place < 0, place % OCTAVE, np.where(outside, top + (place - top) % OCTAVE, place))
    return moved, [f"{notes} moved by octaves into the model's range"]


def _other_metres(score: ScoreTick, params: Params) -> list[str]:
    """What is to be said of the file's time signatures."""
    quarters = params.data_shape[1] / params.beat_resolution  # a bar
    signatures = {
        f"{change.numerator}/{change.denominator}"
        for change in score.time_signatures
        if change.numerator * 4 != quarters * change.denominator
    }
    if not signatures:
        return []
    return [f"bars of {', '.join(sorted(signatures))} are counted as bars of {quarters:g} quarter notes"]


def _phrases(path: Path, song: SongNotes, ticks: int, rules: PhraseRules, params: Params) -> NDArray[np.float32]:
    """(n, bars, steps, pitches) in {-1, 1}. Raises ConditionError for a song without end, or without a note in it."""
    bars, steps, pitches, _ = params.data_shape
    longest = MOST_BARS * steps
    # In bars of the rules, which have four beats: none of a metre of its own is cut.
    region = Region(start=0, end=int(song.end.max()), first_bar=0, bars=-(-longest // rules.steps_per_bar) + 1)
    if region.end * rules.steps_per_beat > longest * ticks:
        length = region.end * rules.steps_per_beat / ticks / steps
        raise ConditionError(f"{path} is {length:.0f} bars long, expected at most {MOST_BARS}: cut it")
    notes: GridNotes = notes_on_grid(song, region, 0.0, ticks, rules)
    if not len(notes.start):
        highest = rules.lowest_pitch + pitches - 1
        raise ConditionError(f"{path}: no note lies in the model's range, {rules.lowest_pitch} to {highest}")
    count = -(-int(notes.end.max()) // (bars * steps))
    roll = np.full((count * bars * steps, pitches), -1.0, dtype=np.float32)
    for begin, end, pitch in zip(notes.start.tolist(), notes.end.tolist(), notes.pitch.tolist(), strict=True):
        roll[begin:end, pitch] = 1.0
    return roll.reshape(count, bars, steps, pitches)
