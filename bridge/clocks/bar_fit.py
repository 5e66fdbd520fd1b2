"""How a model's bar sounds in a bar of another length."""

from __future__ import annotations

import math
from collections.abc import Iterable

from bridge.pianoroll import Note

_SHORTEST = 1e-6  # beats; what is left of a note by the rounding of its start is no note


def fit_bar(notes: Iterable[Note], model_beats: float, bar_beats: float) -> list[Note]:
    """The notes of a model's bar of `model_beats` in a song's bar of `bar_beats`, both in quarter notes above 0.

    A shorter bar cuts: notes that begin at or after its end are left out, notes that reach over it end there. Of a
    model's four beats, 3/4 and 6/8 play the first three, 7/8 the first three and a half. A longer bar is filled: the
    model's bar begins again from its start until the bar is full. 5/4 plays four beats and the first again, 6/4 and
    12/8 four and the first two, 8/4 the bar twice.
    """
    bars = list(notes)
    return [
        note._replace(start=start, duration=min(note.duration, bar_beats - start))
        for again in range(math.ceil(bar_beats / model_beats))
        for note in bars
        if (start := note.start + again * model_beats) < bar_beats - _SHORTEST
    ]
