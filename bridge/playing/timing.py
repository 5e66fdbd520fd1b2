"""When notes begin and end, and how near two beats must be to count as one."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.pianoroll import Note

# Settings come as float32, ends are sums of steps: both are off by far less, and no step is as short.
SAME_BEAT = 1e-6


def note_end(note: Note) -> float:
    """The beat at which the note ends."""
    return note.start + note.duration


def in_order(notes: Iterable[Note]) -> list[Note]:
    """The notes by start, then pitch: the order that every function of this room takes and gives."""
    return sorted(notes, key=lambda note: (note.start, note.pitch))


def by_pitch(notes: Iterable[Note]) -> dict[int, list[Note]]:
    """The notes of each pitch, in the order they came."""
    voices: dict[int, list[Note]] = {}
    for note in notes:
        voices.setdefault(note.pitch, []).append(note)
    return voices
