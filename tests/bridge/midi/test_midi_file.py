"""The MIDI file as other programs read it: symusic, pypianoroll and mido are the independent readers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pypianoroll
import pytest
import symusic
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.contract import ModelContract, TrackSpec
from bridge.midi.midi_file import write_midi
from bridge.pianoroll import Note, phrase_notes

END = 4 * 4 * 480  # four bars of four quarters


def lines(*tracks: list[Note]) -> list[list[Note]]:
    """Notes for the five tracks of the band; silence for those left out."""
    return [*tracks, *([] for _ in range(5 - len(tracks)))]


def test_another_reader_finds_names_programs_channels_and_notes(tmp_path: Path, band: ModelContract) -> None:
    path = tmp_path / "phrase.mid"
    write_midi(path, lines([Note(36, 110, 0.0, 0.25)], [Note(60, 100, 1.0, 2.0)], [], [Note(40, 90, 15.0, 1.0)]), band)
    score: Any = symusic.Score(path)
    assert score.ticks_per_quarter == 480
    by_name = {track.name: track for track in score.tracks if len(track.notes)}
    assert {name: (t.program, t.is_drum) for name, t in by_name.items()} == {
        "Drums": (0, True),
        "Piano": (0, False),
        "Bass": (33, False),
    }
    found = {name: [(n.time, n.duration, n.pitch, n.velocity) for n in t.notes] for name, t in by_name.items()}
    assert found == {
        "Drums": [(0, 120, 36, 110)],
        "Piano": [(480, 960, 60, 100)],
        "Bass": [(15 * 480, 480, 40, 90)],
    }
    assert [(t.time, t.qpm) for t in score.tempos] == [(0, 100.0)]
    assert [(s.time, s.numerator, s.denominator) for s in score.time_signatures] == [(0, 4, 4)]


def test_every_track_is_named_and_has_its_own_channel_even_when_silent(tmp_path: Path, band: ModelContract) -> None:
    path = tmp_path / "phrase.mid"
    write_midi(path, lines(), band, tempo=140.0)
    song = mido.MidiFile(path)
    assert song.type == 1
    assert [track.name for track in song.tracks] == ["A band", "Drums", "Piano", "Guitar", "Bass", "Strings"]
    programs = [(m.channel, m.program) for track in song.tracks for m in track if m.type == "program_change"]
    assert programs == [(9, 0), (0, 0), (1, 25), (2, 33), (3, 48)]
    assert song.length == pytest.approx(16 * 60 / 140, abs=1e-4)


@pytest.mark.parametrize("bars", [1, 2, 4, 7])
def test_every_track_ends_exactly_at_the_last_bar_line(tmp_path: Path, band: ModelContract, bars: int) -> None:
    path = tmp_path / "phrase.mid"
    write_midi(path, lines([Note(36, 100, 0.5, 0.25)], [Note(60, 100, 0.0, bars * 4.0)]), band, bars=bars)
    ends = [sum(message.time for message in track) for track in mido.MidiFile(path).tracks]
    assert ends == [bars * 4 * 480] * 6
    assert all(track[-1].type == "end_of_track" for track in mido.MidiFile(path).tracks)


def test_at_equal_ticks_note_offs_come_before_note_ons(tmp_path: Path, band: ModelContract) -> None:
    path = tmp_path / "phrase.mid"
    repeated = [Note(36, 100, beat / 12, 1 / 12) for beat in range(12)]
    write_midi(path, lines(repeated, [Note(60, 100, 0.0, 1.0), Note(59, 100, 1.0, 1.0)]), band)
    song = mido.MidiFile(path)
    drums = [(m.type, m.time) for m in song.tracks[1] if not m.is_meta and m.type != "program_change"]
    assert drums == [("note_on", 0), ("note_off", 40)] * 12
    piano = [(m.type, m.note) for m in song.tracks[2] if not m.is_meta and m.type != "program_change"]
    assert piano == [("note_on", 60), ("note_off", 60), ("note_on", 59), ("note_off", 59)]


def test_the_originals_reader_finds_the_roll_again(tmp_path: Path, band: ModelContract) -> None:
    roll = np.random.default_rng(3).random((4, 5, 48, 84)) > 0.97
    path = tmp_path / "phrase.mid"
    # pypianoroll goes by way of seconds, which are whole fractions at this tempo.
    write_midi(path, phrase_notes(roll, band), band, tempo=120.0)
    multitrack = pypianoroll.read(path, resolution=12)
    assert [track.name for track in multitrack.tracks] == ["Drums", "Piano", "Guitar", "Bass", "Strings"]
    for index, track in enumerate(multitrack.tracks):
        assert np.array_equal(track.pianoroll[:, 24:108] > 0, roll[:, index].reshape(192, 84)), track.name


def test_a_note_outside_the_bars_is_refused_with_the_track_and_the_beats(tmp_path: Path, band: ModelContract) -> None:
    path = tmp_path / "phrase.mid"
    with pytest.raises(ValueError, match=r"'Piano' has a note from beat 3\.5 to 4\.5, the file goes from beat 0 to 4"):
        write_midi(path, lines([], [Note(60, 100, 3.5, 1.0)]), band, bars=1)
    with pytest.raises(ValueError, match="got notes for 2 tracks, 'A band' has 5"):
        write_midi(path, [[], []], band)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_older_file_whole_and_nothing_beside_it(tmp_path: Path, band: ModelContract) -> None:
    path = tmp_path / "phrase.mid"
    write_midi(path, lines([Note(36, 100, 0.0, 1.0)]), band)
    before = path.read_bytes()
    with pytest.raises(UnicodeEncodeError):  # half a character cannot be written; found when the file is open
        write_midi(path, lines(), replace(band, name="\ud800"))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    write_midi(path, lines(), band)
    assert path.read_bytes() != before


def test_a_note_without_length_lasts_one_tick(tmp_path: Path, band: ModelContract) -> None:
    path = tmp_path / "phrase.mid"
    write_midi(path, lines([Note(36, 100, 1.0, 0.0)]), band)
    score: Any = symusic.Score(path)
    assert [(note.time, note.duration) for track in score.tracks for note in track.notes] == [(480, 1)]


def test_a_name_beyond_ascii_survives(tmp_path: Path, band: ModelContract) -> None:
    path = tmp_path / "phrase.mid"
    koto = replace(band, name="合奏", bars=1, beats_per_bar=3, tracks=(TrackSpec("箏", 107, False, 4),))
    write_midi(path, [[Note(60, 100, 0.0, 3.0)]], koto)
    score: Any = symusic.Score(path)
    assert [track.name for track in score.tracks if len(track.notes)] == ["箏"]
    assert [(s.numerator, s.denominator) for s in score.time_signatures] == [(3, 4)]
    assert score.end() == 3 * 480


@given(
    tempo=st.floats(5, 999),
    cells=st.sets(st.tuples(st.integers(0, 191), st.integers(0, 83)), max_size=60),
)
@settings(max_examples=40, deadline=None)
def test_any_roll_gives_pairs_of_on_and_off_inside_the_bars(
    tmp_path_factory: pytest.TempPathFactory, band: ModelContract, tempo: float, cells: set[tuple[int, int]]
) -> None:
    path = tmp_path_factory.mktemp("midi") / "phrase.mid"
    roll = np.zeros((4, 5, 48, 84), dtype=bool)
    for step, pitch in cells:
        roll[step // 48, :, step % 48, pitch] = True
    write_midi(path, phrase_notes(roll, band), band, tempo=tempo)
    for track in mido.MidiFile(path).tracks[1:]:
        sounding: set[int] = set()
        for message in track:
            if message.type == "note_on":
                assert message.note not in sounding
                sounding.add(message.note)
            elif message.type == "note_off":
                sounding.remove(message.note)
        assert not sounding
        assert sum(message.time for message in track) == END
