"""One note at a time, as a bass is played."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.contract import TrackSpec
from bridge.pianoroll import Note
from bridge.playing.timing import SAME_BEAT, note_end

BASS_PROGRAMS = range(32, 40)  # General MIDI, from 0: acoustic to synth bass
BASS_NAME = "bass"  # for a band whose programs were never set


def is_bass(track: TrackSpec) -> bool:
    """Whether `mono_bass` is about this track: by its General MIDI program, or because it is called Bass."""
    return not track.is_drum and (track.program in BASS_PROGRAMS or track.name.casefold() == BASS_NAME)


def monophonic(
    notes: Sequence[Note], certainty: Callable[[Note], float] | None = None, min_note: float = 0.0
) -> list[Note]:
    """One note at a time: each ends where the next one starts, at the latest.

    Of notes that start together the one with the highest `certainty` stays: the model's surest is the line it means,
    whether root or upper note. Between equals, and without it, the lowest does: the root carries the harmony. A note
    of which less than `min_note` beats would be left is not played; the note before it then sounds on.
    """
    kept: list[Note] = []
    next_start = float("inf")
    for note in reversed(_one_a_start(notes, certainty)):
        if note_end(note) > next_start:
            left = next_start - note.start
            if left < min_note - SAME_BEAT:
                continue
            note = Note(note.pitch, note.velocity, note.start, left)
        kept.append(note)
        next_start = note.start
    return kept[::-1]


def _one_a_start(notes: Sequence[Note], certainty: Callable[[Note], float] | None) -> list[Note]:
    together: list[list[Note]] = []
    for note in notes:
        if together and note.start - together[-1][0].start < SAME_BEAT:
            together[-1].append(note)
        else:
            together.append([note])

    def surest(note: Note) -> tuple[float, int]:
        return (0.0 if certainty is None else certainty(note)), -note.pitch

    return [max(group, key=surest) if len(group) > 1 else group[0] for group in together]
