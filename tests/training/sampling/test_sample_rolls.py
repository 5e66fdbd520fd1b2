"""Piano rolls of samples: pypianoroll loads them, with names, programs, tempo and every note."""

from __future__ import annotations

from pathlib import Path

import mido
import numpy as np
import pypianoroll
import pytest

from tests.training.conftest import random_cells
from training.config import Midi
from training.sampling.sample_rolls import write_pianoroll

MIDI = Midi(tempo=93.0)


@pytest.mark.parametrize(("gap", "bars"), [(False, 4), (True, 5)])
def test_pypianoroll_loads_named_tracks_with_all_that_sounds(gap: bool, bars: int, tmp_path: Path) -> None:
    cells = random_cells(3, (4, 48, 84, 5))
    path = tmp_path / "not" / "there" / "fake_x_0.npz"
    write_pianoroll(path, cells, MIDI, 12, gap)
    loaded = pypianoroll.load(path)
    loaded.validate()
    assert [track.name for track in loaded.tracks] == ["Drums", "Piano", "Guitar", "Bass", "Strings"]
    assert [track.program for track in loaded.tracks] == [0, 0, 25, 33, 48]
    assert [track.is_drum for track in loaded.tracks] == [True, False, False, False, False]
    assert loaded.resolution == 12
    assert loaded.tempo.tolist() == [93.0] * (3 * bars * 48)
    assert np.flatnonzero(loaded.downbeat).tolist() == list(range(0, 3 * bars * 48, 48))
    for track, loaded_track in enumerate(loaded.tracks):
        roll = np.asarray(loaded_track.pianoroll)
        assert roll.shape == (3 * bars * 48, 128)
        assert roll.any()
        phrases = roll.reshape(3, bars, 48, 128)
        np.testing.assert_array_equal(phrases[:, :4, :, 24:108], cells[..., track])
        assert not roll[:, :24].any()
        assert not roll[:, 108:].any()
        assert not phrases[:, 4:].any()


def test_midi_that_pypianoroll_makes_of_it_is_not_empty(tmp_path: Path) -> None:
    cells = np.zeros((1, 1, 48, 84, 5), dtype=np.bool_)
    cells[0, 0, 12:24, 36, 1] = True
    write_pianoroll(tmp_path / "a.npz", cells, MIDI, 12)
    pypianoroll.load(tmp_path / "a.npz").write(tmp_path / "a.mid")
    ons = [message for message in mido.MidiFile(tmp_path / "a.mid") if message.type == "note_on" and message.velocity]
    assert [message.note for message in ons] == [60]


def test_pitches_beyond_midi_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pitches 100 to 183 leave MIDI's 0 to 127"):
        write_pianoroll(tmp_path / "a.npz", random_cells(1, (1, 48, 84, 5)), Midi(lowest_pitch=100), 12)
