"""No fragments: what flickers becomes one note, what is left too short is not played."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.pianoroll import Note
from bridge.playing.timing import SAME_BEAT, by_pitch, in_order, note_end


def join_fragments(notes: Sequence[Note], min_note: float) -> list[Note]:
    """First joins notes of one pitch with a gap shorter than `min_note` beats, then drops the notes shorter than it.

    A joined note keeps its first one's velocity. 0 changes nothing. Not for drums, whose hits are all short.
    """
    if min_note <= 0:
        return list(notes)
    joined = (note for voice in by_pitch(notes).values() for note in _join(voice, min_note))
    return in_order(note for note in joined if note.duration >= min_note - SAME_BEAT)


def _join(voice: Sequence[Note], min_note: float) -> list[Note]:
    joined: list[Note] = []
    for note in voice:
        last = joined[-1] if joined else None
        if last is not None and note.start - note_end(last) < min_note - SAME_BEAT:
            end = max(note_end(last), note_end(note))
            joined[-1] = Note(last.pitch, last.velocity, last.start, end - last.start)
        else:
            joined.append(note)
    return joined
