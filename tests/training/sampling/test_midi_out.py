"""MIDI files of samples: the right notes on named tracks, as long as their bars."""

from __future__ import annotations

from pathlib import Path

import mido
import numpy as np
import pytest

from training.config import Midi
from training.sampling.midi_out import write_midi

BAR = 4 * 480
Found = tuple[int, int, int, int]  # channel, pitch, start and end in ticks


def notes_of(path: Path) -> tuple[list[Found], list[int]]:
    """All notes by track and time, and the length of every track."""
    found, lengths = [], []
    for track in mido.MidiFile(path).tracks:
        now = 0
        begun: dict[tuple[int, int], int] = {}
        for message in track:
            now += message.time
            if message.type == "note_on":
                assert (message.channel, message.note) not in begun, "a note begins before its end"
                begun[message.channel, message.note] = now
            elif message.type == "note_off":
                found.append((message.channel, message.note, begun.pop((message.channel, message.note)), now))
        assert not begun, "a note has no end"
        lengths.append(now)
    return found, lengths


def test_runs_of_cells_are_notes_and_drum_cells_are_hits(tmp_path: Path) -> None:
    cells = np.zeros((1, 2, 48, 84, 5), dtype=np.bool_)
    cells[0, 0, 0:2, 12, 0] = True  # drums: two hits
    cells[0, 0, 36:, 36, 1] = True  # piano: a note held over the bar line
    cells[0, 1, :12, 36, 1] = True
    cells[0, 1, 24:30, 4, 3] = True  # bass
    path = tmp_path / "not" / "there" / "a.mid"
    write_midi(path, cells, Midi(tempo=93.0), 12)
    notes, lengths = notes_of(path)
    assert notes == [
        (9, 36, 0, 40),
        (9, 36, 40, 80),
        (0, 60, 36 * 40, BAR + 12 * 40),
        (2, 28, BAR + 24 * 40, BAR + 30 * 40),
    ]
    assert lengths == [2 * BAR] * 6

    song = mido.MidiFile(path)
    assert (song.type, song.ticks_per_beat) == (1, 480)
    assert [track.name for track in song.tracks[1:]] == ["Drums", "Piano", "Guitar", "Bass", "Strings"]
    programs = [message for track in song.tracks for message in track if message.type == "program_change"]
    assert [(m.channel, m.program) for m in programs] == [(9, 0), (0, 0), (1, 25), (2, 33), (3, 48)]
    (tempo,) = (message for message in song.tracks[0] if message.type == "set_tempo")
    assert mido.tempo2bpm(tempo.tempo) == pytest.approx(93.0, abs=1e-3)
    (metre,) = (message for message in song.tracks[0] if message.type == "time_signature")
    assert (metre.numerator, metre.denominator) == (4, 4)


@pytest.mark.parametrize(("gap", "bars"), [(False, 1), (True, 2)])
def test_phrases_follow_each_other_and_do_not_run_together(gap: bool, bars: int, tmp_path: Path) -> None:
    cells = np.zeros((3, 1, 48, 84, 5), dtype=np.bool_)
    cells[..., 36, 4] = True  # the same pitch all the time
    write_midi(tmp_path / "a.mid", cells, Midi(), 12, gap)
    notes, lengths = notes_of(tmp_path / "a.mid")
    assert notes == [(3, 60, number * bars * BAR, (number * bars + 1) * BAR) for number in range(3)]
    assert lengths == [3 * bars * BAR] * 6


def test_names_in_other_scripts_are_kept(tmp_path: Path) -> None:
    midi = Midi(track_names=("Bęben", "鋼琴"), programs=(0, 0), is_drums=(1, 0))
    write_midi(tmp_path / "a.mid", np.ones((1, 1, 4, 2, 2), dtype=np.bool_), midi, 1)
    song = mido.MidiFile(tmp_path / "a.mid", charset="utf-8")
    assert [track.name for track in song.tracks[1:]] == ["Bęben", "鋼琴"]


def test_phrases_of_another_band_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="midi describes 5 tracks, the phrases have 2"):
        write_midi(tmp_path / "a.mid", np.ones((1, 1, 4, 2, 2), dtype=np.bool_), Midi(), 1)
