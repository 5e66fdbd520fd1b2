"""Sample files: the original's folders and names, the same notes in each of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pypianoroll
import pytest
from numpy.typing import NDArray
from PIL import Image

from training.config import Config, Midi, Nets, Params
from training.sampling.samples import FORMATS, SampleSheet, sheet_from, write_samples

SHEET = SampleSheet(rows=1, columns=2, midi=Midi(), steps_per_beat=12)
NAMES = ("fake_x_hard_thresholding", "fake_x_bernoulli_sampling")


def output_of(count: int = 2) -> NDArray[np.float32]:
    """(count, 1, 48, 2, 5) in [-1, 1], mostly silent, never 0."""
    return np.tanh(np.random.default_rng(0).normal(-1.0, 0.8, (count, 1, 48, 2, 5))).astype(np.float32)


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def note_count(path: Path) -> int:
    return sum(message.type == "note_on" for track in mido.MidiFile(path).tracks for message in track)


def test_the_files_have_the_originals_folders_and_names(tmp_path: Path) -> None:
    write_samples(tmp_path, 300, output_of(), SHEET, (0,))
    assert files_in(tmp_path) == {
        "arrays/fake_x/fake_x_300.npy",
        "images/fake_x/fake_x_300.png",
        "images/fake_x_colored/fake_x_colored_300.png",
        "images/fake_x_hard_thresholding/fake_x_hard_thresholding_300.png",
        "images/fake_x_hard_thresholding_colored/fake_x_hard_thresholding_colored_300.png",
        "images/fake_x_bernoulli_sampling/fake_x_bernoulli_sampling_300.png",
        "images/fake_x_bernoulli_sampling_colored/fake_x_bernoulli_sampling_colored_300.png",
        "pianorolls/fake_x_hard_thresholding/fake_x_hard_thresholding_300.npz",
        "pianorolls/fake_x_bernoulli_sampling/fake_x_bernoulli_sampling_300.npz",
        "midi/fake_x_hard_thresholding/fake_x_hard_thresholding_300.mid",
        "midi/fake_x_hard_thresholding/fake_x_hard_thresholding_300/row_01.mid",
        "midi/fake_x_hard_thresholding/fake_x_hard_thresholding_300/row_01_column_01.mid",
        "midi/fake_x_hard_thresholding/fake_x_hard_thresholding_300/row_01_column_02.mid",
        "midi/fake_x_bernoulli_sampling/fake_x_bernoulli_sampling_300.mid",
        "midi/fake_x_bernoulli_sampling/fake_x_bernoulli_sampling_300/row_01.mid",
        "midi/fake_x_bernoulli_sampling/fake_x_bernoulli_sampling_300/row_01_column_01.mid",
        "midi/fake_x_bernoulli_sampling/fake_x_bernoulli_sampling_300/row_01_column_02.mid",
    }


def test_the_array_is_the_output_in_half_precision(tmp_path: Path) -> None:
    output = output_of()
    write_samples(tmp_path, 0, output, SHEET, (0,))
    saved = np.load(tmp_path / "arrays" / "fake_x" / "fake_x_0.npy")
    assert saved.dtype == np.float16
    np.testing.assert_array_equal(saved, output.astype(np.float16))


def test_pictures_piano_rolls_and_midi_have_the_same_notes(tmp_path: Path) -> None:
    output = output_of()
    write_samples(tmp_path, 0, output, SHEET, (5,))
    rolls = {}
    for name in NAMES:
        loaded = pypianoroll.load(tmp_path / "pianorolls" / name / f"{name}_0.npz")
        roll = np.stack([track.pianoroll for track in loaded.tracks], axis=-1)[:, 24:26]
        rolls[name] = roll.reshape(2, 48, 2, 5)
        with Image.open(tmp_path / "images" / name / f"{name}_0.png") as image:
            plain = np.asarray(image)
        for phrase in range(2):
            for track in range(5):
                top, left = 3 + 3 * track, 3 + 51 * phrase
                drawn = plain[top : top + 2, left : left + 48] == 0
                np.testing.assert_array_equal(drawn[::-1].T, rolls[name][phrase, :, :, track])
        whole = tmp_path / "midi" / name / f"{name}_0.mid"
        singles = [whole.with_suffix("") / f"row_01_column_0{column}.mid" for column in (1, 2)]
        assert note_count(whole) == sum(note_count(single) for single in singles) > 0
        assert note_count(singles[0]) != note_count(singles[1])
    np.testing.assert_array_equal(rolls[NAMES[0]], output[:, 0] > 0)
    assert (rolls[NAMES[1]] != rolls[NAMES[0]]).any()


def test_shades_of_grey_show_the_output_itself(tmp_path: Path) -> None:
    output = np.full((2, 1, 48, 2, 5), -1.0, dtype=np.float32)
    output[1, 0, 0, 0, 0] = 0.0
    write_samples(tmp_path, 0, output, replace(SHEET, formats=("images",)), (0,))
    with Image.open(tmp_path / "images" / "fake_x" / "fake_x_0.png") as image:
        assert image.getpixel((3 + 51, 3 + 1)) == 127
        assert image.getpixel((3 + 51, 3)) == 255


@pytest.mark.parametrize("form", FORMATS)
def test_only_what_is_asked_for_is_written(form: str, tmp_path: Path) -> None:
    write_samples(tmp_path, 0, output_of(), replace(SHEET, formats=(form,)), (0,))
    assert {path.name for path in tmp_path.iterdir()} == {form.split(" ")[0]}
    singles = list(tmp_path.rglob("row_*.mid"))
    assert len(singles) == (2 * 3 if form == "midi phrases" else 0)  # the row and each of its two phrases


def test_a_smaller_grid_leaves_no_phrases_of_a_larger_one(tmp_path: Path) -> None:
    write_samples(tmp_path, 0, output_of(4), replace(SHEET, rows=2), (0,))
    write_samples(tmp_path, 0, output_of(1), replace(SHEET, columns=1), (0,))
    singles = {path.name for path in tmp_path.rglob("row_*.mid")}
    assert singles == {"row_01.mid", "row_01_column_01.mid"}


def test_a_row_is_its_phrases_one_after_the_other(tmp_path: Path) -> None:
    output = output_of(6)
    write_samples(tmp_path, 0, output, replace(SHEET, rows=3, columns=2, gap=True), (0,))
    folder = tmp_path / "midi" / NAMES[0] / f"{NAMES[0]}_0"
    assert sorted(path.name for path in folder.glob("row_??.mid")) == ["row_01.mid", "row_02.mid", "row_03.mid"]
    for row in (1, 2, 3):
        whole = folder / f"row_0{row}.mid"
        singles = [folder / f"row_0{row}_column_0{column}.mid" for column in (1, 2)]
        assert note_count(whole) == sum(map(note_count, singles)) > 0
        assert sum(message.time for message in mido.MidiFile(whole).tracks[1]) == 4 * 4 * 480  # a silent bar after each
        assert sum(message.time for message in mido.MidiFile(singles[0]).tracks[1]) == 4 * 480
    assert len({note_count(folder / f"row_0{row}.mid") for row in (1, 2, 3)}) > 1


@pytest.mark.parametrize(("continuous", "gap", "struck"), [(False, False, 2), (True, False, 1), (True, True, 2)])
def test_in_a_continuous_row_a_note_goes_on_from_phrase_to_phrase(
    continuous: bool, gap: bool, struck: int, tmp_path: Path
) -> None:
    output = np.full((2, 1, 48, 84, 5), -1.0, dtype=np.float32)
    output[0, 0, 40:, 30, 1] = output[1, 0, :8, 30, 1] = 1.0
    write_samples(tmp_path, 0, output, replace(SHEET, continuous=continuous, gap=gap), (0,))
    whole = tmp_path / "midi" / NAMES[0] / f"{NAMES[0]}_0.mid"
    assert note_count(whole) == note_count(whole.with_suffix("") / "row_01.mid") == struck


def test_a_silent_bar_follows_each_phrase_if_asked(tmp_path: Path) -> None:
    for gap, bars in ((False, 2), (True, 4)):
        write_samples(tmp_path, 0, output_of(), replace(SHEET, gap=gap), (0,))
        name = NAMES[0]
        assert len(pypianoroll.load(tmp_path / "pianorolls" / name / f"{name}_0.npz").tempo) == bars * 48
        song = mido.MidiFile(tmp_path / "midi" / name / f"{name}_0.mid")
        assert sum(message.time for message in song.tracks[1]) == bars * 4 * 480


def test_a_sheet_that_is_not_full_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="3 phrases do not fill a sheet of 1 x 2"):
        write_samples(tmp_path, 0, output_of(3), SHEET, (0,))


@pytest.mark.parametrize("neurons", ["dbn", "sbn"])
def test_of_binary_neurons_what_they_play_and_what_they_feel_is_written(neurons: str, tmp_path: Path) -> None:
    output = output_of()
    write_samples(tmp_path, 0, output, replace(SHEET, neurons=neurons), (0,))
    assert {path.name for path in tmp_path.glob("*/*")} == {
        "fake_x",
        "fake_x_colored",
        "fake_x_preactivated",
        "fake_x_preactivated_colored",
    }
    felt = np.load(tmp_path / "arrays" / "fake_x_preactivated" / "fake_x_preactivated_0.npy")
    np.testing.assert_array_equal(felt, output.astype(np.float16))
    played = np.load(tmp_path / "arrays" / "fake_x" / "fake_x_0.npy")
    assert played.dtype == np.float16
    assert set(np.unique(played).tolist()) == {-1.0, 1.0}
    assert ((played > 0) == (output > 0)).all() == (neurons == "dbn")
    drums = pypianoroll.load(tmp_path / "pianorolls" / "fake_x" / "fake_x_0.npz").tracks[0].pianoroll
    np.testing.assert_array_equal(np.asarray(drums)[:, 24:26], played[..., 0].reshape(96, 2) > 0)


def test_the_configuration_says_what_is_written() -> None:
    config = Config(midi=Midi(tempo=93.0), save_array_samples=False, colormap=((0.0, 0.0, 0.0),))
    sheet = sheet_from(config, Params(), 2, 3, gap=True)
    assert (sheet.rows, sheet.columns, sheet.gap, sheet.steps_per_beat) == (2, 3, True, 12)
    assert sheet.midi.tempo == 93.0
    assert sheet.formats == ("images", "pianorolls", "midi", "midi phrases")
    assert (sheet.colours, sheet.neurons) == (((0.0, 0.0, 0.0),), "")
    quiet = replace(config, save_array_samples=True, save_image_samples=False, save_pianoroll_samples=False)
    binary = sheet_from(quiet, Params(use_binary_neurons=True, nets=Nets(generator="sbn")), 1, 1)
    assert binary.formats == ("arrays", "midi", "midi phrases")
    assert binary.neurons == "sbn"
