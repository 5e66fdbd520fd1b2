"""Every note in the scale: what lies outside moves to the nearest pitch inside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from bridge.pianoroll import Note
from bridge.playing.scale_names import OFF, SCALES, key_pitch_class
from bridge.playing.timing import SAME_BEAT, by_pitch, in_order, note_end


def lock_to_scale(notes: Sequence[Note], key: str, scale: str) -> list[Note]:
    """The notes with pitches of `key` and `scale`, spelled as key_name and scale_name give them. Not for drums.

    A pitch outside moves to the nearest inside, down from the middle, and stays in 0-127. Notes of one pitch that
    then overlap become one note, with the louder one's velocity; notes that only touch stay two. Without a key
    nothing changes, for a scale has no pitches then; nor without a scale (whose default is major, so that a key
    alone means its major key).
    """
    if OFF in (key, scale):
        return list(notes)
    nearest = nearest_in_scale(key, scale)
    if all(nearest[note.pitch] == note.pitch for note in notes):
        return list(notes)
    moved = (Note(nearest[note.pitch], note.velocity, note.start, note.duration) for note in notes)
    return in_order(note for voice in by_pitch(moved).values() for note in _merge(voice))


@lru_cache(maxsize=32)
def nearest_in_scale(key: str, scale: str) -> tuple[int, ...]:
    """For each MIDI pitch 0-127 the nearest one in the scale, the lower of two equally near."""
    tonic = key_pitch_class(key)
    inside = [pitch for pitch in range(128) if (pitch - tonic) % 12 in SCALES[scale]]
    return tuple(min(inside, key=lambda candidate: (abs(candidate - pitch), candidate)) for pitch in range(128))


def _merge(voice: Iterable[Note]) -> list[Note]:
    merged: list[Note] = []
    for note in voice:
        last = merged[-1] if merged else None
        if last is not None and note.start < note_end(last) - SAME_BEAT:
            end = max(note_end(last), note_end(note))
            merged[-1] = Note(last.pitch, max(last.velocity, note.velocity), last.start, end - last.start)
        else:
            merged.append(note)
    return merged
