"""A folder of MIDI files to one file of phrases, with a report whose numbers can be counted by hand."""

from __future__ import annotations

import argparse
import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import mido
import numpy as np
import pytest
from rich.console import Console

from training.collecting.collect import (
    CollectError,
    add_arguments,
    collect,
    midi_files,
    print_report,
    run,
)
from training.collecting.families import FAMILIES
from training.collecting.gathering import CollectReport
from training.data.phrase_file import PhraseRules, load_phrases

RULES = PhraseRules()
CHANNELS = {"Piano": (0, 0), "Guitar": (1, 25), "Bass": (2, 33), "Strings": (3, 48), "Drums": (9, 0)}
TRIO = ("Piano", "Guitar", "Bass")


def write_song(path: Path, bars: Sequence[int], families: Sequence[str] = TRIO) -> Path:
    """Two notes a bar in each family; bars of the same number, 0-60, sound the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    song = mido.MidiFile(ticks_per_beat=96)
    for family in families:
        channel, program = CHANNELS[family]
        track = mido.MidiTrack([mido.Message("program_change", channel=channel, program=program)])
        for bar in bars:
            for _ in range(2):
                track.append(mido.Message("note_on", channel=channel, note=30 + bar, velocity=90, time=96))
                track.append(mido.Message("note_off", channel=channel, note=30 + bar, time=96))
        song.tracks.append(track)
    song.save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "midi").mkdir()
    return tmp_path / "midi"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "phrases.npz"


def test_the_report_counts_files_phrases_families_and_songs(folder: Path, out: Path) -> None:
    write_song(folder / "trio.mid", range(6))  # phrases from bars 0, 1 and 2
    write_song(folder / "deep" / "quartet.MID", range(20, 24), (*TRIO, "Drums"))  # one
    write_song(folder / "duo.midi", range(8), ("Piano", "Bass"))
    (folder / "notes.txt").write_text("not to be read")
    (folder / "broken.mid").write_text("not a song")
    report = collect(folder, out, RULES, jobs=1)
    assert report == CollectReport(
        files=4,
        phrases=4,
        by_active={3: 3, 4: 1},
        share_active={"Drums": 0.25, "Piano": 1.0, "Guitar": 1.0, "Bass": 1.0, "Strings": 0.0},
        duplicates=0,
        songs=2,
        same_songs={},
        refused={
            "broken.mid": "not a MIDI file: it does not begin with MThd",
            "duo.midi": "no 4 bars in which 3 families play",
        },
    )


def test_the_file_says_where_each_phrase_comes_from(folder: Path, out: Path) -> None:
    write_song(folder / "b.mid", range(6))
    write_song(folder / "a" / "z.mid", range(10, 15))
    collect(folder, out, RULES, jobs=1)
    phrases = load_phrases(out)
    assert phrases.songs == ("a/z.mid", "b.mid")
    assert phrases.song.tolist() == [0, 0, 1, 1, 1]
    assert phrases.first_bar.tolist() == [0, 1, 0, 1, 2]
    assert phrases.tracks == FAMILIES
    assert (phrases.data_shape, phrases.steps_per_beat, phrases.lowest_pitch) == ((4, 48, 84, 5), 12, 24)
    for index, lowest in enumerate([10, 11, 0, 1, 2]):
        cells = phrases.unpack(np.array([index]))[0]
        expected = np.zeros_like(cells)
        for bar in range(4):
            for beat in (1, 3):
                expected[bar, beat * 12 : (beat + 1) * 12, 30 + lowest + bar - 24, 1:4] = True
        np.testing.assert_array_equal(cells, expected)


def test_two_jobs_write_the_same_file_as_one(folder: Path, out: Path) -> None:
    for index in range(7):
        write_song(folder / f"{index}.mid", range(index * 3, index * 3 + 9))
    (folder / "5b.mid").write_text("not a song")
    alone = collect(folder, out, RULES, jobs=1)
    one_job = out.read_bytes()
    together = collect(folder, out, RULES, jobs=2)
    assert together == alone
    assert out.read_bytes() == one_job


def test_copies_of_a_file_are_one_song_and_their_phrases_are_kept_once(folder: Path, out: Path) -> None:
    original = write_song(folder / "a.mid", range(8))
    shutil.copy(original, folder / "copy.mid")
    write_song(folder / "other.mid", range(30, 35))
    report = collect(folder, out, RULES, jobs=1)
    assert (report.phrases, report.duplicates, report.songs) == (5 + 2, 5, 2)
    assert report.same_songs == {"copy.mid": "a.mid"}
    assert load_phrases(out).songs == ("a.mid", "other.mid")


def test_files_that_share_half_of_their_phrases_are_versions_of_one_song(folder: Path, out: Path) -> None:
    write_song(folder / "a.mid", range(9))  # 6 phrases
    write_song(folder / "b.mid", [*range(6), 40, 41, 42, 43, 44])  # 3 of its 8 are a's: half of a's 6
    report = collect(folder, out, RULES, jobs=1)
    assert report.same_songs == {"b.mid": "a.mid"}
    phrases = load_phrases(out)
    assert (len(phrases), set(phrases.song.tolist())) == (6 + 5, {0})


def test_files_that_share_less_stay_two_songs_but_no_phrase_is_kept_twice(folder: Path, out: Path) -> None:
    write_song(folder / "a.mid", range(9))
    write_song(folder / "b.mid", [*range(5), 40, 41, 42, 43, 44])  # 2 of its 7 are a's
    report = collect(folder, out, RULES, jobs=1)
    assert (report.same_songs, report.songs, report.duplicates) == ({}, 2, 2)
    phrases = load_phrases(out)
    assert phrases.song.tolist() == [0] * 6 + [1] * 5
    assert len({phrase.tobytes() for phrase in phrases.phrases}) == len(phrases) == 11


def test_two_versions_of_a_third_are_one_song_with_each_other(folder: Path, out: Path) -> None:
    write_song(folder / "a.mid", range(8))
    write_song(folder / "b.mid", range(20, 28))
    write_song(folder / "medley.mid", [*range(8), *range(20, 28)])
    report = collect(folder, out, RULES, jobs=1)
    assert report.same_songs == {"b.mid": "a.mid", "medley.mid": "a.mid"}
    assert report.songs == 1


def test_the_options_reach_the_phrases(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_song(folder / "song.mid", range(9), ("Piano", "Bass"))
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    words = [str(folder), str(out), "--min-tracks", "2", "--hop", "3", "--bars", "2", "--jobs", "1", "--merge-families"]
    assert run(parser.parse_args(words)) == 0
    phrases = load_phrases(out)
    assert phrases.data_shape == (2, 48, 84, 5)
    assert phrases.first_bar.tolist() == [0, 3, 6]
    assert "phrases with 2 families │ 3" in capsys.readouterr().out


def test_the_defaults_are_three_families_four_bars_hop_one_and_all_cores() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    arguments = vars(parser.parse_args(["midi", "out.npz"]))
    assert arguments == {
        "midi_folder": Path("midi"), "out": Path("out.npz"), "min_tracks": 3, "hop": 1, "bars": 4, "jobs": -1,
        "dask": None, "merge_families": False,
    }  # fmt: skip


def test_the_report_names_files_as_they_are(folder: Path, out: Path) -> None:
    song = write_song(folder / "[bold]loud and a name so long that it does not fit in a line of eighty.mid", range(5))
    shutil.copy(song, folder / "zz.mid")
    (folder / "[red]\x1b[31m.mid").write_text("not a song")
    text = io.StringIO()
    print_report(collect(folder, out, RULES, jobs=1), Console(file=text, width=80))
    assert "left out: [red]?[31m.mid: not a MIDI file" in text.getvalue()
    assert f"one song: zz.mid and {song.name}\n" in text.getvalue()


def test_files_are_found_deep_and_sorted_by_their_path(folder: Path) -> None:
    for name in ("b.mid", "a/z.MIDI", "a/b/c.Mid", "a.mid", "c.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "folder.mid").mkdir()
    found = [path.relative_to(folder).as_posix() for path in midi_files(folder)]
    assert found == ["a.mid", "a/b/c.Mid", "a/z.MIDI", "b.mid"]


def test_a_missing_or_empty_folder_is_an_error(folder: Path, out: Path) -> None:
    with pytest.raises(CollectError, match="is not a folder"):
        collect(folder / "nowhere", out, RULES, jobs=1)
    with pytest.raises(CollectError, match=r"has no \.mid or \.midi files"):
        collect(folder, out, RULES, jobs=1)


def test_an_out_that_cannot_be_written_is_an_error_before_any_work(
    folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_song(folder / "song.mid", range(5))

    def too_late(*_: object) -> None:
        pytest.fail("a file was read although OUT cannot be written")

    monkeypatch.setattr("training.collecting.reading.read_phrases", too_late)
    with pytest.raises(CollectError, match="is a folder, expected the name of a file"):
        collect(folder, out.parent, RULES, jobs=1)
    with pytest.raises(CollectError, match=r"missing.*cannot be written: No such file"):
        collect(folder, out.parent / "missing" / "phrases.npz", RULES, jobs=1)


def test_a_folder_without_a_phrase_writes_nothing_and_says_why(folder: Path, out: Path) -> None:
    write_song(folder / "duo.mid", range(8), ("Piano", "Bass"))
    (folder / "empty.mid").touch()
    out.write_bytes(b"what was there before")
    with pytest.raises(CollectError, match="none of the 2 MIDI files") as caught:
        collect(folder, out, RULES, jobs=1)
    assert "duo.mid: no 4 bars in which 3 families play" in str(caught.value)
    assert "empty.mid: the file is empty" in str(caught.value)
    assert out.read_bytes() == b"what was there before"
    assert list(out.parent.iterdir()) == [out]


def test_nothing_but_out_is_left_behind(folder: Path, out: Path) -> None:
    write_song(folder / "song.mid", range(5))
    collect(folder, out, RULES, jobs=1)
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize(
    ("rules", "jobs", "option"),
    [
        (PhraseRules(hop=0), 1, "--hop is 0, expected 1"),
        (PhraseRules(bars=0), 1, "--bars is 0, expected 1"),
        (PhraseRules(bars=1000), 1, "--bars is 1000"),
        (PhraseRules(min_tracks=6), 1, "--min-tracks is 6, expected 1 to 5"),
        (RULES, 0, "--jobs is 0"),
    ],
)
def test_an_option_out_of_range_is_named(folder: Path, out: Path, rules: PhraseRules, jobs: int, option: str) -> None:
    write_song(folder / "song.mid", range(5))
    with pytest.raises(CollectError, match=option):
        collect(folder, out, rules, jobs)
