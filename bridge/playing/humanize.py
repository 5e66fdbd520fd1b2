"""The small unevenness of a player: a little early or late, a little louder or softer, the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from bridge.pianoroll import Note
from bridge.playing.timing import SAME_BEAT, by_pitch, in_order, note_end

LARGEST_SHIFT = 1 / 32  # beats
LARGEST_VELOCITY_CHANGE = 20
# Two neighbours move towards each other by four fifths of their distance at most: they stay two, in their order.
SHARE_OF_DISTANCE = 0.4

_MASK = (1 << 64) - 1


def humanize(notes: Sequence[Note], amount: float, bar_beats: float, seed: int) -> list[Note]:
    """The notes shifted by up to 1/32 beat and 20 in velocity, times `amount` (0-1); mostly by far less.

    `seed`, its pitch and its start decide about a note, so that the same bar is played the same again, and a note
    that is added moves its neighbours at most. Notes keep their length, but end before the next one of their pitch
    and by the bar's end; where they touched the bar's end they still do. In a line, where no notes overlap, none
    overlap afterwards. A note on the bar line stays on it: there the band meets, and notes may be tied over it.
    """
    if amount <= 0:
        return list(notes)
    is_line = all(note_end(earlier) <= later.start + SAME_BEAT for earlier, later in pairwise(notes))
    voices = [list(notes)] if is_line else list(by_pitch(notes).values())
    return in_order(note for voice in voices for note in _humanize_voice(voice, amount, bar_beats, seed))


def _humanize_voice(voice: Sequence[Note], amount: float, bar_beats: float, seed: int) -> list[Note]:
    walls = [0.0, *(note.start for note in voice), bar_beats]
    starts, velocities = [], []
    for place, note in enumerate(voice, start=1):
        timing, loudness = _draw(seed, note)
        room = SHARE_OF_DISTANCE * min(walls[place] - walls[place - 1], walls[place + 1] - walls[place])
        starts.append(note.start + timing * min(amount * LARGEST_SHIFT, max(room, 0.0)))
        velocities.append(min(max(note.velocity + round(loudness * amount * LARGEST_VELOCITY_CHANGE), 1), 127))
    played = []
    for note, velocity, start, following in zip(voice, velocities, starts, [*starts, bar_beats][1:], strict=True):
        holds_to_the_end = note_end(note) >= bar_beats - SAME_BEAT
        end = following if holds_to_the_end else min(start + note.duration, following)
        played.append(Note(note.pitch, velocity, start, end - start))
    return played


def _draw(seed: int, note: Note) -> tuple[float, float]:
    """Two numbers in -1 to 1, triangular: 0 is the likeliest. Mixed as SplitMix64 does, the same on every machine."""
    place = (seed << 32) ^ (round(note.start * 960) << 8) ^ note.pitch
    bits = (place * 0x9E3779B97F4A7C15) & _MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    bits ^= bits >> 31
    timing = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF)
    loudness = (bits >> 32 & 0xFFFF) + (bits >> 48)
    return timing / 0xFFFF - 1, loudness / 0xFFFF - 1
