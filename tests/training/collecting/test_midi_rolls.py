"""One MIDI file to phrases: hand-written songs, and exactly the cells that they must give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.collecting import midi_rolls, phrase_windows
from training.collecting.families import BASS, DRUMS, GUITAR, PIANO, STRINGS
from training.collecting.grid_notes import Region, SongNotes, TrackNotes, notes_on_grid
from training.collecting.midi_rolls import MidiFileError, read_phrases
from training.collecting.song_phrases import SongPhrases
from training.data.phrase_file import PhraseRules, unpack_cells

TICKS = 480  # a quarter note; a step of 1/12 is 40 ticks
ANY = PhraseRules(min_tracks=1)
LAST = (60, 15.0, 1.0)  # a note that fills a song up to four bars

Played = tuple[int, float, float]  # pitch, start and length in beats


@dataclass(frozen=True)
class Part:
    program: int
    notes: Sequence[Played]
    is_drum: bool = False
    velocity: int = 90


def write_song(
    path: Path,
    parts: Iterable[Part],
    signatures: Iterable[tuple[float, int, int]] = (),
    late: int = 0,
    microseconds: int = 500_000,
) -> Path:
    """A MIDI file; every note `late` ticks behind the grid."""
    song = mido.MidiFile(ticks_per_beat=TICKS)
    head = [(0, mido.MetaMessage("set_tempo", tempo=microseconds))]
    for beat, numerator, denominator in signatures:
        change = mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator)
        head.append((round(beat * TICKS), change))
    song.tracks.append(_track(head))
    channels = iter([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12])
    for part in parts:
        channel = 9 if part.is_drum else next(channels)
        events = [(0, mido.Message("program_change", program=part.program, channel=channel))]
        for pitch, start, length in part.notes:
            on, off = (round(beat * TICKS) + late for beat in (start, start + length))
            events.append((on, mido.Message("note_on", note=pitch, velocity=part.velocity, channel=channel)))
            events.append((off, mido.Message("note_off", note=pitch, channel=channel)))
        song.tracks.append(_track(events))
    song.save(path)
    return path


def _track(events: list[tuple[int, mido.Message]]) -> mido.MidiTrack:
    track = mido.MidiTrack()
    now = 0
    for tick, message in sorted(events, key=lambda event: (event[0], event[1].type != "note_off")):
        track.append(message.copy(time=tick - now))
        now = tick
    return track


def rolls(phrases: SongPhrases, rules: PhraseRules = ANY) -> NDArray[np.bool_]:
    """(phrases, steps of the whole phrase, pitches, tracks)."""
    cells = unpack_cells(phrases.phrases, rules.data_shape)
    return cells.reshape(len(cells), -1, *cells.shape[3:])


def steps_of(roll: NDArray[np.bool_], pitch: int, family: int) -> list[int]:
    """The steps in which a MIDI pitch sounds in one phrase (steps, pitches, tracks)."""
    steps: list[int] = np.flatnonzero(roll[:, pitch - ANY.lowest_pitch, family]).tolist()
    return steps


def only_phrase(path: Path, parts: Iterable[Part], late: int = 0) -> NDArray[np.bool_]:
    found = rolls(read_phrases(write_song(path, parts, late=late), ANY))
    assert len(found) == 1
    roll: NDArray[np.bool_] = found[0]
    return roll


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "song.mid"


def quarters(bars: int, pitch: int = 40, first_beat: float = 0.0) -> list[Played]:
    """A note a beat, each bar a semitone higher than the last, so that no two bars are equal."""
    return [(pitch + bar, first_beat + bar * 4 + beat, 0.5) for bar in range(bars) for beat in range(4)]


def test_a_known_melody_gives_exactly_its_cells(file: Path) -> None:
    roll = only_phrase(file, [Part(0, [(60, 0, 1), (64, 1, 0.5), (67, 6.25, 2), LAST])])
    expected = np.zeros_like(roll)
    expected[0:12, 60 - 24, PIANO] = True
    expected[12:18, 64 - 24, PIANO] = True
    expected[75:99, 67 - 24, PIANO] = True
    expected[180:192, 60 - 24, PIANO] = True
    np.testing.assert_array_equal(roll, expected)


def test_every_family_has_its_track(file: Path) -> None:
    programs = {PIANO: 0, GUITAR: 25, BASS: 33, STRINGS: 48}
    parts = [Part(program, [(50 + family, 0, 1), (50 + family, 15, 1)]) for family, program in programs.items()]
    roll = only_phrase(file, [*parts, Part(0, [(50, 0, 1), (50, 15, 1)], is_drum=True), Part(120, [LAST])])
    sounding = {(int(track), int(pitch) + 24) for _, pitch, track in np.argwhere(roll)}
    assert sounding == {(family, 50 + family) for family in (DRUMS, PIANO, GUITAR, BASS, STRINGS)}


def test_times_are_rounded_to_the_nearest_step_not_down(file: Path) -> None:
    early, late = 12 - 15 / 40, 12 + 15 / 40  # in steps: 15 ticks beside step 12
    roll = only_phrase(file, [Part(0, [(60, early / 12, 1 / 12), (62, late / 12, 0.5), (64, 1, early / 12), LAST])])
    assert steps_of(roll, 60, PIANO)[:1] == [12]
    assert steps_of(roll, 62, PIANO) == list(range(12, 18))
    assert steps_of(roll, 64, PIANO) == list(range(12, 24))


def test_a_note_shorter_than_a_step_keeps_one_step(file: Path) -> None:
    assert steps_of(only_phrase(file, [Part(0, [(62, 2, 3 / TICKS), LAST])]), 62, PIANO) == [24]


def test_a_drum_hit_is_one_step_long_however_long_it_is_held(file: Path) -> None:
    roll = only_phrase(file, [Part(0, [(36, 0, 3), (36, 1 / 12, 2), (38, 4, 1), LAST], is_drum=True)])
    assert steps_of(roll, 36, DRUMS) == [0, 1]
    assert steps_of(roll, 38, DRUMS) == [48]


def test_a_kit_on_several_tracks_is_one_kit(file: Path) -> None:
    kick = Part(0, [(36, beat, 0.25) for beat in range(16)], is_drum=True)
    snare = Part(0, [(38, beat, 0.25) for beat in (1, 3)], is_drum=True)
    roll = only_phrase(file, [kick, snare])
    assert steps_of(roll, 38, DRUMS) == [12, 36]
    assert len(steps_of(roll, 36, DRUMS)) == 16


def test_a_repeated_note_is_cut_a_step_before_its_repeat(file: Path) -> None:
    roll = only_phrase(file, [Part(0, [(62, 0, 1), (62, 1, 1), LAST])])
    assert steps_of(roll, 62, PIANO) == [*range(11), *range(12, 24)]


def test_a_note_that_ends_before_its_repeat_is_not_cut(file: Path) -> None:
    roll = only_phrase(file, [Part(0, [(62, 0, 11 / 12), (62, 1, 1), LAST])])
    assert steps_of(roll, 62, PIANO) == [*range(11), *range(12, 24)]


def test_a_note_of_one_step_is_never_erased(file: Path) -> None:
    roll = only_phrase(file, [Part(0, [(62, 0, 1 / 12), (62, 1 / 12, 1 / 12), (62, 2 / 12, 0.5), LAST])])
    assert steps_of(roll, 62, PIANO) == list(range(8))


def test_neighbouring_pitches_do_not_cut_each_other(file: Path) -> None:
    roll = only_phrase(file, [Part(0, [(62, 0, 1), (63, 1, 1), (61, 0.5, 1), LAST])])
    assert steps_of(roll, 62, PIANO) == list(range(12))
    assert steps_of(roll, 61, PIANO) == list(range(6, 18))


def test_overlapping_notes_of_one_pitch_stay_two(file: Path) -> None:
    roll = only_phrase(file, [Part(0, [(62, 0, 2), (62, 1, 2), LAST])])
    assert steps_of(roll, 62, PIANO) == [*range(11), *range(12, 36)]


def test_notes_without_velocity_do_not_count(file: Path) -> None:
    write_song(file, [Part(0, [(60, 0, 1), LAST], velocity=0)])
    with pytest.raises(MidiFileError, match="no notes of the five families"):
        read_phrases(file, ANY)


def test_pitches_outside_24_to_107_are_left_out(file: Path) -> None:
    roll = only_phrase(file, [Part(0, [(23, 0, 1), (24, 1, 1), (107, 2, 1), (108, 3, 1), LAST])])
    assert {int(pitch) + 24 for pitch in np.argwhere(roll)[:, 1]} == {24, 60, 107}


def test_a_held_note_sounds_in_the_next_phrase_but_does_not_begin_there(file: Path) -> None:
    melody = Part(25, quarters(5))
    drone = Part(48, [(50, 0, 1), (50, 1, 19)])
    found = read_phrases(write_song(file, [melody, drone]), ANY)
    assert found.active[:, STRINGS].tolist() == [True, False]
    assert steps_of(rolls(found)[1], 50, STRINGS) == list(range(192))


def test_a_note_held_from_before_the_four_four_begins_does_not_begin_in_it(file: Path) -> None:
    drones = Part(48, [(50, 0, 19), (53, 1, 18)])
    parts = [Part(25, quarters(4, first_beat=3)), drones]
    found = read_phrases(write_song(file, parts, [(0, 3, 4), (3, 4, 4)]), ANY)
    assert found.first_bar.tolist() == [1]
    assert found.active[0].tolist() == [False, False, True, False, False]
    assert steps_of(rolls(found)[0], 53, STRINGS) == list(range(192))


def test_without_a_time_signature_all_is_four_four(file: Path) -> None:
    found = read_phrases(write_song(file, [Part(0, quarters(6))]), ANY)
    assert found.first_bar.tolist() == [0, 1, 2]


def test_a_stretch_in_three_four_still_leaves_the_four_four_around_it(file: Path) -> None:
    notes = [*quarters(4), (90, 16, 6), *quarters(5, pitch=60, first_beat=22)]
    found = read_phrases(write_song(file, [Part(0, notes)], [(0, 4, 4), (16, 3, 4), (22, 4, 4)]), ANY)
    assert found.first_bar.tolist() == [0, 6, 7]
    first, second, third = rolls(found)
    assert steps_of(first, 43, PIANO)[:1] == [144]
    assert steps_of(second, 60, PIANO) == [*range(6), *range(12, 18), *range(24, 30), *range(36, 42)]
    assert steps_of(third, 61, PIANO)[:1] == [0]
    assert not rolls(found)[:, :, 90 - 24].any()


def test_a_bar_that_a_time_signature_cuts_short_is_in_no_phrase(file: Path) -> None:
    found = read_phrases(write_song(file, [Part(0, quarters(8))], [(0, 4, 4), (18, 3, 4)]), ANY)
    assert found.first_bar.tolist() == [0]


def test_bars_count_from_the_downbeat_that_a_time_signature_sets(file: Path) -> None:
    pickup = [(80, 0, 1), *quarters(4, first_beat=1)]
    found = read_phrases(write_song(file, [Part(0, pickup)], [(0, 1, 4), (1, 4, 4)]), ANY)
    assert found.first_bar.tolist() == [1]
    assert steps_of(rolls(found)[0], 40, PIANO)[:1] == [0]
    found = read_phrases(write_song(file, [Part(0, pickup)], [(0, 4, 4), (1, 4, 4)]), ANY)
    assert found.first_bar.tolist() == [1]


def test_the_same_time_signature_again_on_a_bar_line_changes_nothing(file: Path) -> None:
    part = Part(0, quarters(6))
    plain = read_phrases(write_song(file, [part], [(0, 4, 4)]), ANY)
    again = read_phrases(write_song(file, [part], [(0, 4, 4), (8, 4, 4)]), ANY)
    np.testing.assert_array_equal(plain.phrases, again.phrases)


@pytest.mark.parametrize("signature", [(3, 4), (7, 8), (2, 4), (6, 8)])
def test_a_song_in_another_metre_is_refused(file: Path, signature: tuple[int, int]) -> None:
    write_song(file, [Part(0, quarters(8))], [(0, *signature)])
    with pytest.raises(MidiFileError, match="no 4 bars of 4/4 in a row"):
        read_phrases(file, ANY)


def test_a_last_note_a_hair_over_the_bar_line_opens_no_bar(file: Path) -> None:
    assert only_phrase(file, [Part(0, [*quarters(3), (60, 12, 4 + 10 / TICKS)])]).any()


SIXTEENTHS = [(60 + index % 7, index / 4, 1 / 6) for index in range(63)]
SWUNG = [(60 + index % 5, index + swing, 1 / 6) for index in range(16) for swing in (0, 2 / 3)]


@pytest.mark.parametrize("late", [-55, -9, 9, 26, 50])
@pytest.mark.parametrize("notes", [SIXTEENTHS, SWUNG])
def test_a_constant_offset_from_the_grid_is_taken_off(file: Path, notes: list[Played], late: int) -> None:
    placed = [(pitch, start + 16, length) for pitch, start, length in notes]  # from bar 4 on: room to be early
    late_song = read_phrases(write_song(file, [Part(0, placed)], late=late), PhraseRules(min_tracks=1, hop=4))
    true_song = read_phrases(write_song(file, [Part(0, placed)]), PhraseRules(min_tracks=1, hop=4))
    np.testing.assert_array_equal(late_song.phrases, true_song.phrases)


@pytest.mark.parametrize("start", [0.5, 1 / 3, 2 / 3, 0.25, 0.75])
def test_a_part_between_the_beats_is_no_offset(file: Path, start: float) -> None:
    roll = only_phrase(file, [Part(0, [(60 + beat % 3, beat + start, 0.2) for beat in range(16)] * 3)])
    assert steps_of(roll, 60, PIANO)[0] == round(start * 12)


def test_loose_timing_is_no_offset(file: Path) -> None:
    random = np.random.default_rng(3)
    loose = [(pitch, start + random.uniform(0.0, 0.2), length) for pitch, start, length in SIXTEENTHS]
    expected = {(pitch, (round(start * TICKS) + 20) // 40) for pitch, start, _ in loose}
    roll = only_phrase(file, [Part(0, loose, is_drum=True)])
    assert {(int(pitch) + 24, int(step)) for step, pitch, _ in np.argwhere(roll)} == expected


def test_one_late_player_among_punctual_ones_is_no_offset(file: Path) -> None:
    late = [(pitch, start + 26 / TICKS, length) for pitch, start, length in SIXTEENTHS]
    punctual = [(50, beat / 2, 1 / 6) for beat in range(32)]
    roll = only_phrase(file, [Part(25, late), Part(33, punctual)])
    assert steps_of(roll, 60, GUITAR)[:2] == [1, 2]
    assert steps_of(roll, 50, BASS)[:4] == [0, 1, 6, 7]


RICH = Part(48, [(60 + beat % 4, beat, 0.5) for beat in range(16)])
POOR = Part(50, [(80, 0, 0.5), (80, 8, 0.5)])


@pytest.mark.parametrize("parts", [(RICH, POOR), (POOR, RICH)])
def test_the_best_track_of_a_family_speaks_for_it(file: Path, parts: tuple[Part, Part]) -> None:
    roll = only_phrase(file, parts)
    assert steps_of(roll, 60, STRINGS)
    assert not steps_of(roll, 80, STRINGS)


def test_merged_families_sound_together(file: Path) -> None:
    rules = PhraseRules(min_tracks=1, merge_families=True)
    roll = rolls(read_phrases(write_song(file, [RICH, POOR]), rules))[0]
    assert len(steps_of(roll, 60, STRINGS)) == 4 * 6
    assert steps_of(roll, 80, STRINGS) == [*range(6), *range(96, 102)]


def test_the_best_track_is_chosen_phrase_by_phrase(file: Path) -> None:
    later = Part(50, [(80 + beat % 4, 16 + beat, 0.5) for beat in range(16)])
    rules = PhraseRules(min_tracks=1, hop=4)
    first, second = rolls(read_phrases(write_song(file, [RICH, later]), rules))
    assert steps_of(first, 60, STRINGS)
    assert steps_of(second, 80, STRINGS)


def test_a_track_that_only_holds_a_note_gives_way_to_one_that_plays(file: Path) -> None:
    roll = only_phrase(file, [Part(48, [(70, 0, 16)]), POOR])
    assert steps_of(roll, 80, STRINGS)


def test_a_family_needs_two_onsets_to_be_active(file: Path) -> None:
    bass = Part(33, [(40, 0, 16)])
    found = read_phrases(write_song(file, [RICH, bass]), ANY)
    assert found.active.tolist() == [[False, False, False, False, True]]
    bass = Part(33, [(40, 0, 8), (40, 8, 8)])
    found = read_phrases(write_song(file, [RICH, bass]), ANY)
    assert found.active.tolist() == [[False, False, False, True, True]]


def test_a_phrase_is_kept_only_when_enough_families_play(file: Path) -> None:
    guitar, bass = Part(25, quarters(8)), Part(33, quarters(8, pitch=30))
    keys = Part(0, [(70, 17, 1), (71, 18, 1)])  # in bar 4 alone
    write_song(file, [guitar, bass, keys])
    assert read_phrases(file, PhraseRules(min_tracks=2)).first_bar.tolist() == [0, 1, 2, 3, 4]
    assert read_phrases(file, PhraseRules(min_tracks=3)).first_bar.tolist() == [1, 2, 3, 4]
    with pytest.raises(MidiFileError, match="no 4 bars in which 4 families play"):
        read_phrases(file, PhraseRules(min_tracks=4))


@pytest.mark.parametrize(("hop", "bars", "firsts"), [(1, 4, [0, 1, 2, 3, 4]), (3, 4, [0, 3]), (4, 2, [0, 4])])
def test_phrases_begin_every_hop_bars(file: Path, hop: int, bars: int, firsts: list[int]) -> None:
    rules = PhraseRules(bars=bars, hop=hop, min_tracks=1)
    found = read_phrases(write_song(file, [Part(0, quarters(8))]), rules)
    assert found.first_bar.tolist() == firsts
    assert rolls(found, rules).shape == (len(firsts), bars * 48, 84, 5)


def test_a_loop_is_one_phrase(file: Path) -> None:
    loop = [(50, float(beat), 0.5) for beat in range(32)]
    assert read_phrases(write_song(file, [Part(0, loop)]), ANY).first_bar.tolist() == [0]


@pytest.mark.parametrize("hop", [1, 5, 40])
def test_phrases_do_not_depend_on_how_much_is_drawn_at_a_time(
    file: Path, hop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(5)
    notes = [(int(random.integers(30, 60)), beat / 2, float(random.uniform(0.1, 9))) for beat in range(800)]
    write_song(file, [Part(0, notes), Part(33, quarters(64, pitch=24)), RICH])
    rules = PhraseRules(min_tracks=1, hop=hop)
    whole = read_phrases(file, rules)
    monkeypatch.setattr(phrase_windows, "_SECTION_BARS", 3)
    pieces = read_phrases(file, rules)
    assert len(whole.first_bar) > 2
    np.testing.assert_array_equal(whole.phrases, pieces.phrases)
    np.testing.assert_array_equal(whole.active, pieces.active)


@given(st.lists(st.tuples(st.integers(24, 26), st.integers(-100, 2000), st.integers(0, 400)), max_size=12))
def test_every_note_begins_and_none_runs_into_the_next(notes: list[tuple[int, int, int]]) -> None:
    columns = np.array(notes, dtype=np.int64).reshape(-1, 3).T
    track = TrackNotes(PIANO, columns[0], columns[1], columns[1] + columns[2])
    grid = notes_on_grid(SongNotes.of([track], ()), Region(0, 10_000, 0, 2), 0.0, TICKS, ANY)
    rounded = {(pitch - 24, (start + 20) // 40) for pitch, start, _ in notes if start >= -20}
    begun = {(int(pitch), int(start)) for pitch, start in zip(grid.pitch, grid.start, strict=True) if start >= 0}
    assert begun == rounded
    same = grid.pitch[1:] == grid.pitch[:-1]
    gap = (grid.start[1:] - grid.end[:-1])[same]
    length = (grid.end - grid.start)[:-1][same]
    assert (length >= 1).all()
    assert ((gap >= 1) | (length == 1)).all()
    assert (gap >= 0).all()


HEADER = b"MThd\0\0\0\6\0\0\0\1"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"dear diary, this is no music at all", "does not begin with MThd"),
        (HEADER + b"\1\xe0MTrk\0\0\1\0\0\x90", "not a MIDI file that can be read"),
        (HEADER + b"\0\0MTrk\0\0\0\4\0\xff\x2f\0", "0 ticks a quarter note"),
        (HEADER + b"\xe7\x28MTrk\0\0\0\4\0\xff\x2f\0", "not a MIDI file that can be read"),
        (HEADER + b"\1\xe0MTrk\0\0\0\4\0\xff\x2f\0", "no notes of the five families"),
    ],
)
def test_a_file_that_is_no_song_is_refused_with_the_reason(file: Path, content: bytes, reason: str) -> None:
    file.write_bytes(content)
    with pytest.raises(MidiFileError, match=reason):
        read_phrases(file, ANY)


def test_a_missing_file_is_refused(file: Path) -> None:
    with pytest.raises(MidiFileError, match="cannot be read"):
        read_phrases(file, ANY)


def test_a_song_of_too_many_bars_is_refused(file: Path) -> None:
    write_song(file, [Part(0, [(60, 0, 1), (60, 500_000, 1)])], microseconds=1000)
    with pytest.raises(MidiFileError, match="125000 bars long, more than 20000"):
        read_phrases(file, ANY)


def test_a_song_of_too_many_hours_is_refused(file: Path) -> None:
    write_song(file, [Part(0, [(60, 0, 1), (60, 1440, 1)])], microseconds=16_000_000)
    with pytest.raises(MidiFileError, match=r"6\.4 hours long, more than 4"):
        read_phrases(file, ANY)


@pytest.mark.parametrize("waits", [1, 8, 9, 15])  # of 2^28 - 1 ticks; from 9 on the reader's 32 bits overflow
def test_notes_at_huge_times_are_refused(file: Path, waits: int) -> None:
    wait, note, end = b"\xff\xff\xff\x7f\xb0\x07\x40", b"\0\x90\x40\x40\x60\x40\0", b"\0\xff\x2f\0"
    events = note + wait * waits + note + end
    file.write_bytes(HEADER + b"\0\x60MTrk" + len(events).to_bytes(4, "big") + events)
    with pytest.raises(MidiFileError, match=r"bars long|negative time"):
        read_phrases(file, ANY)


@pytest.mark.parametrize(
    ("limit", "value", "reason"),
    [
        ("MAX_NOTES", 10, "16 notes, more than 10"),
        ("MAX_TRACKS", 0, "1 tracks with notes, more than 0"),
        ("MAX_FILE_BYTES", 50, "larger than"),
    ],
)
def test_a_song_beyond_the_limits_is_refused(
    file: Path, limit: str, value: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_song(file, [RICH])
    monkeypatch.setattr(midi_rolls, limit, value)
    with pytest.raises(MidiFileError, match=reason):
        read_phrases(file, ANY)
