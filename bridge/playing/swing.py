"""Swing: every second sixteenth comes late."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.pianoroll import Note
from bridge.playing.timing import note_end

# Sixteenths, as drum machines and hosts swing by default; eighths of a track at half the tempo are the same.
PAIR = 0.5  # beats: two sixteenths
STRAIGHT = 0.25  # the second one's place in the pair
TRIPLET = PAIR * 2 / 3  # its place at swing 1


def swing(notes: Sequence[Note], amount: float) -> list[Note]:
    """The notes in swung time, `amount` 0 (straight, nothing changes) to 1 (triplets).

    Time is bent, not notes moved: what lies between the sixteenths moves in proportion and ends move as starts do, so
    order and contact are kept, and eighths, beats and bar lines stay where they are.
    """
    if amount <= 0:
        return list(notes)
    swung = []
    for note in notes:
        start = swung_beat(note.start, amount)
        swung.append(Note(note.pitch, note.velocity, start, swung_beat(note_end(note), amount) - start))
    return swung


def swung_beat(beat: float, amount: float) -> float:
    """Where a straight beat falls in swung time."""
    late = STRAIGHT + amount * (TRIPLET - STRAIGHT)
    pair, within = divmod(beat, PAIR)
    if within <= STRAIGHT:
        return pair * PAIR + within * late / STRAIGHT
    return (pair + 1) * PAIR - (PAIR - within) * (PAIR - late) / (PAIR - STRAIGHT)
