"""Notes that go on over a bar line: sounded once, in the bar where they begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.pianoroll import Note
from bridge.playing.timing import SAME_BEAT, note_end

Bar = Sequence[Sequence[Note]]  # a list of notes a track
Held = dict[tuple[int, int], float]  # track and pitch: how many beats of the next bar a note still sounds


@dataclass(frozen=True)
class TiedBar:
    """A bar with its notes as long as they sound, and what of them reaches into the next bar."""

    notes: list[list[Note]]
    held: Held


def tie(bar: Bar, coming: Sequence[Bar], held: Held, bar_beats: float, drums: Sequence[bool]) -> TiedBar:
    """Lengthen what ends on the bar line by the note of the same pitch that begins the coming bar (and so on through
    all the `coming` bars that are known), and leave out what the bar before has lengthened into this one (`held`).

    Times in beats, bars of `bar_beats`. Drums are struck anew. Where the bar was changed after the one before was
    sent, a note that is to sound longer than was promised begins again where the promise ends.
    """
    notes: list[list[Note]] = []
    reaching: Held = {}
    for track, now in enumerate(bar):
        sounding = list(now) if drums[track] else []
        for note in () if drums[track] else now:
            over = held.get((track, note.pitch), 0.0) if note.start < SAME_BEAT else 0.0
            if over > 0.0 and note_end(note) <= over + SAME_BEAT:
                continue
            if over > 0.0:
                note = note._replace(start=over, duration=note_end(note) - over)
            if abs(note_end(note) - bar_beats) < SAME_BEAT:
                longer = _goes_on(track, note.pitch, coming, bar_beats)
                if longer > 0.0:
                    reaching[track, note.pitch] = longer
                    note = note._replace(duration=note.duration + longer)
            sounding.append(note)
        notes.append(sounding)
    return TiedBar(notes, held_from(held, bar_beats) | reaching)


def held_from(held: Held, beats: float) -> Held:
    """What is still held when the next bar begins so many beats later (negative: earlier) than was thought."""
    return {place: over - beats for place, over in held.items() if over > beats + SAME_BEAT}


def _goes_on(track: int, pitch: int, coming: Sequence[Bar], bar_beats: float) -> float:
    """How many beats of the coming bars the pitch sounds from their beginning on without a break."""
    beats = 0.0
    for bar in coming:
        begins = [note for note in bar[track] if note.pitch == pitch and note.start < SAME_BEAT]
        if not begins:
            break
        beats += begins[0].duration
        if begins[0].duration < bar_beats - SAME_BEAT:
            break
    return beats
