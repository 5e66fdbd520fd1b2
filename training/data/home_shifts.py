"""By how much to transpose each phrase so that all are in one key, that of the roll's lowest pitch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.data.phrase_file import PhraseSet
from training.key_fit import key_fit, semitones
from training.measures.chroma import CLASSES

AT_A_TIME = 500  # phrases: 40 MB unpacked


def home_shifts(phrase_set: PhraseSet, is_drum: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(N,) semitones, -6 to 5, for the tracks that are no drums. A silent phrase stays where it is.

    Each phrase by its own notes alone: what is heard of a phrase later, its song unheard, finds the same key.
    """
    bars, steps, pitches, tracks = phrase_set.data_shape
    home = -np.array([semitones(key) for key in range(CLASSES)], dtype=np.int64)
    to_class = np.eye(CLASSES)[np.arange(pitches) % CLASSES]
    shifts = np.zeros(len(phrase_set), dtype=np.int64)
    for first in range(0, len(phrase_set), AT_A_TIME):
        here = np.arange(first, min(first + AT_A_TIME, len(phrase_set)))
        # Steps first, over whole rows: numpy sums over the last, short axis ten times slower.
        rows = phrase_set.unpack(here).view(np.uint8).reshape(len(here), bars * steps, pitches * tracks)
        sounding = rows.sum(axis=1, dtype=np.uint32).reshape(len(here), pitches, tracks)[:, :, ~is_drum].sum(axis=2)
        shifts[here] = home[np.argmax(sounding @ to_class @ key_fit().T, axis=1)]
    return shifts
