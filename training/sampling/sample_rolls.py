"""All phrases of a grid as one piano roll of pypianoroll, which pypianoroll.load reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.config import Midi

MIDI_PITCHES = 128


def joined_phrases(cells: NDArray[np.bool_], gap: bool) -> NDArray[np.bool_]:
    """(n, bars, steps, pitches, tracks) to (n * bars * steps, pitches, tracks), phrase after phrase.

    With `gap` a silent bar follows each phrase, as in the original's files.
    """
    after = np.pad(cells, ((0, 0), (0, int(gap)), (0, 0), (0, 0), (0, 0)))
    return after.reshape(-1, *cells.shape[3:])


def write_pianoroll(path: Path, cells: NDArray[np.bool_], midi: Midi, steps_per_beat: int, gap: bool = False) -> None:
    """Write (n, bars, steps, pitches, tracks) bool as one multitrack; the folder is made.

    Tracks have names and programs, every bar a downbeat, every step the tempo. A pitch that ends one phrase and begins
    the next is one long note there: a roll cannot tell them apart; the MIDI files keep them apart.
    """
    import pypianoroll  # late: it brings a plotting library, which takes seconds

    steps, pitches = cells.shape[2], cells.shape[3]
    above = MIDI_PITCHES - midi.lowest_pitch - pitches
    if midi.lowest_pitch < 0 or above < 0:
        raise ValueError(f"pitches {midi.lowest_pitch} to {midi.lowest_pitch + pitches - 1} leave MIDI's 0 to 127")
    song = np.pad(joined_phrases(cells, gap), ((0, 0), (midi.lowest_pitch, above), (0, 0)))
    downbeat = np.zeros(len(song), dtype=np.bool_)
    downbeat[::steps] = True
    multitrack = pypianoroll.Multitrack(
        name=path.stem,
        resolution=steps_per_beat,
        tempo=np.full(len(song), midi.tempo),
        downbeat=downbeat,
        tracks=[
            pypianoroll.BinaryTrack(name=name, program=program, is_drum=bool(is_drum), pianoroll=song[..., track])
            for track, (name, program, is_drum) in enumerate(
                zip(midi.track_names, midi.programs, midi.is_drums, strict=True)
            )
        ],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    multitrack.save(path)
