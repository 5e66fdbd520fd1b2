"""The table of who follows."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.following import Cells, Player, main, network_player, show
from benchmarks.held_out import CannotMeasure, HeldOut
from bridge.contract import ModelContract
from tests.training.small import PARAMS, QUICK, SHAPE, run, small_experiment
from training.config import ACCOMPANIMENT, Nets
from training.measures.following import Following

PIANO = 1


@pytest.fixture
def trio(band: ModelContract) -> ModelContract:
    return replace(band, bars=2, steps_per_beat=4, pitches=36, tracks=band.tracks[:3])


@pytest.fixture
def songs() -> HeldOut:
    """Twelve songs of a phrase each: in every phrase piano and guitar hold the same note."""
    cells = np.zeros((12, *SHAPE), dtype=np.bool_)
    for number in range(12):
        cells[number, :, :, number, 1:] = True
    return HeldOut(cells, np.arange(12, dtype=np.int32))


def table(text: str) -> dict[tuple[str, str], list[str]]:
    """The rows by given and other track."""
    rows = [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in text.splitlines() if "|" in line]
    return {(row[0], row[1]): row[2:] for row in rows[2:]}


def test_songs_whose_tracks_agree_follow_each_other(
    trio: ModelContract, songs: HeldOut, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Following.of(show(Player("the songs", (1, 2), lambda clips, _: clips), songs, trio, 12))
    assert found.own == pytest.approx(0.0, abs=1e-12)
    assert (found.nearer, found.phrases) == (1.0, 24)
    out = capsys.readouterr().out
    assert out.startswith("\nthe songs\n")
    rows = table(out)
    assert list(rows) == [("Piano", "Guitar"), ("Piano", "all"), ("Guitar", "Piano"), ("Guitar", "all"), ("all", "all")]
    assert rows["Piano", "Guitar"][:2] == ["12", "0.00"]
    assert rows["Piano", "Guitar"][4:] == ["100.0 ± 0.0", "100"]


def test_a_band_that_plays_to_the_wrong_song_does_not_follow(trio: ModelContract, songs: HeldOut) -> None:
    def deaf(clips: Cells, given: int) -> Cells:
        played = np.roll(clips, 1, axis=0)
        played[..., given] = clips[..., given]
        return played

    found = Following.of(show(Player("deaf", (1, 2), deaf), songs, trio, 12))
    assert found.gap < 0.5 * found.shuffled
    assert found.nearer < 0.5


def test_what_was_not_sent_of_a_song_is_measured_apart(band: ModelContract, capsys: pytest.CaptureFixture[str]) -> None:
    cells = np.zeros((6, 4, 48, 84, 5), dtype=np.bool_)
    for number in range(6):
        cells[number, :, :, number, PIANO] = True
        cells[number, :, :, number + 6, 2:4] = True
    held_out = HeldOut(cells, np.arange(6, dtype=np.int32))

    def echo(clips: Cells, given: int) -> Cells:
        return np.repeat(clips[..., [given]], 5, axis=-1)

    show(Player("an echo", (PIANO,), echo), held_out, band, 6)
    rows = table(capsys.readouterr().out)
    assert rows["all", "all"][1] == "0.00"
    assert float(rows["all", "all to what was not sent"][1]) > 1.0, "a tritone away"


def test_only_so_many_phrases_of_a_track_are_asked_for(trio: ModelContract, songs: HeldOut) -> None:
    asked = []

    def plays(clips: Cells, _given: int) -> Cells:
        asked.append(len(clips))
        return clips

    show(Player("the songs", (1, 2), plays), songs, trio, 5)
    assert asked == [5, 5]


def test_a_track_that_no_song_has_is_left_out_and_none_at_all_is_refused(trio: ModelContract, songs: HeldOut) -> None:
    silent = HeldOut(songs.cells.copy(), songs.song)
    silent.cells[..., PIANO] = False
    found = Following.of(show(Player("the songs", (1, 2), lambda clips, _: clips), silent, trio, 12))
    assert found.phrases == 12
    with pytest.raises(CannotMeasure, match="no held-out phrase has a track that the songs plays to"):
        show(Player("the songs", (1,), lambda clips, _: clips), silent, trio, 12)


def test_an_accompaniment_network_plays_to_its_track(trio: ModelContract, songs: HeldOut, tmp_path: Path) -> None:
    params = replace(PARAMS, is_accompaniment=True, condition_track_idx=PIANO, nets=Nets(ACCOMPANIMENT))
    experiment = small_experiment(tmp_path, replace(QUICK, steps=0), params)
    run(experiment)
    player = network_player(experiment.folder, trio, seed=0)
    assert player.given == (PIANO,)
    played = player.plays(songs.cells, PIANO)
    assert played.shape == songs.cells.shape
    np.testing.assert_array_equal(played[..., PIANO], songs.cells[..., PIANO])
    np.testing.assert_array_equal(player.plays(songs.cells, PIANO), played)


def test_what_is_no_accompaniment_of_this_shape_is_refused(
    trio: ModelContract, band: ModelContract, tmp_path: Path
) -> None:
    with pytest.raises(CannotMeasure, match="name its experiment's folder"):
        network_player(tmp_path / "band.onnx", trio, seed=0)
    experiment = small_experiment(tmp_path, replace(QUICK, steps=0))
    run(experiment)
    with pytest.raises(CannotMeasure, match="its network 'default' plays by itself"):
        network_player(experiment.folder, trio, seed=0)
    params = replace(PARAMS, is_accompaniment=True, condition_track_idx=PIANO, nets=Nets(ACCOMPANIMENT))
    experiment = small_experiment(tmp_path, replace(QUICK, steps=0), params, name="other")
    run(experiment)
    with pytest.raises(CannotMeasure, match=r"plays phrases of \(2, 16, 36, 3\), 'A band' of \(4, 48, 84, 5\)"):
        network_player(experiment.folder, band, seed=0)


def test_the_command_shows_the_band_beside_the_songs(
    model: Path, phrase_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main([str(model), str(phrase_file), "--phrases", "3", "--held-out-share", "0.5"])
    out = capsys.readouterr().out
    assert status in (0, 1)
    band, songs = out.split("the songs themselves")
    assert band.startswith("\ntiny 0\n")
    for part in (band, songs):
        rows = table(part.split("a phrase")[0])
        assert len(rows) == 4 * 4 + 2
        assert rows["all", "all"][0] == "36"
    assert re.search(r"a phrase is accompanied in \d+ ms", out)


def test_the_command_refuses_what_it_cannot_read(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in ([model, tmp_path / "none.npz"], [tmp_path / "none.onnx", tmp_path / "none.npz"]):
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        assert ended.value.code == 2
    assert "none.onnx" in capsys.readouterr().err
