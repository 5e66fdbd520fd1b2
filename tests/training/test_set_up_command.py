"""setup-exp: a configuration that fits its data, its network and its machine, or a sentence that says why not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import phrase_set, random_cells
from training.__main__ import main
from training.config import GENERATORS, Config, Midi, Params, Schedule
from training.data.phrase_file import PhraseSet, save_phrases
from training.data.phrase_store import save_store
from training.experiment import Experiment
from training.latent_layout import latent_size
from training.training_data import open_training_data

TRIO = phrase_set(random_cells(3, (4, 16, 72, 3)), [0, 1, 2], lowest_pitch=30)


def set_up(folder: Path, *options: str, data: PhraseSet | None = TRIO) -> Experiment:
    """Made with these options, on a store of this data."""
    if data is not None:
        save_store(folder / "data.phrases", data, replace=True)
        options = (*options, "--data", str(folder / "data.phrases"))
    assert main(["setup-exp", str(folder / "exp"), *options]) == 0
    return Experiment(folder / "exp")


def refused(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """What is said instead, of an experiment that is not made."""
    assert main(["setup-exp", str(folder / "exp"), *options]) == 1
    assert not (folder / "exp").exists()
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("maisynth-train: ")
    return said.err


def test_without_options_everything_is_as_the_original_has_it(tmp_path: Path) -> None:
    experiment = set_up(tmp_path, data=None)
    assert (experiment.params(), experiment.config()) == (Params(), Config())


def test_shape_tracks_and_pitches_are_those_of_the_data(tmp_path: Path) -> None:
    experiment = set_up(tmp_path)
    params, config = experiment.params(), experiment.config()
    assert params == Params(data_shape=(4, 16, 72, 3), beat_resolution=4)
    midi = Midi(lowest_pitch=30, track_names=("Drums", "Piano", "Guitar"), programs=(0, 0, 25), is_drums=(1, 0, 0))
    assert config == Config(data_filename="../data.phrases", midi=midi)
    assert len(open_training_data(experiment, params, config)) == 3, "a run could not begin with it"


def test_the_file_of_collect_data_serves_as_well(tmp_path: Path) -> None:
    save_phrases(tmp_path / "data.npz", TRIO)
    experiment = set_up(tmp_path, "--data", str(tmp_path / "data.npz"), data=None)
    assert experiment.params().data_shape == (4, 16, 72, 3)
    assert experiment.config().data_filename == "../data.npz"


def test_tracks_of_the_bands_names_have_its_programs_and_others_a_pianos(tmp_path: Path) -> None:
    experiment = set_up(tmp_path, data=replace(TRIO, tracks=("bass", "Kazoo", "DRUMS")))
    midi = experiment.config().midi
    assert (midi.track_names, midi.programs, midi.is_drums) == (("bass", "Kazoo", "DRUMS"), (33, 0, 0), (0, 0, 1))


def test_for_a_laptop_it_is_the_grid_in_an_hour_or_two(tmp_path: Path) -> None:
    experiment = set_up(tmp_path, "--for", "laptop")
    config, nets = experiment.config(), experiment.params().nets
    assert (nets.generator, nets.discriminator) == ("grid", "phrase")
    assert (config.steps, config.batch_size, config.learning_rate_schedule) == (5000, 32, Schedule(start=3800))
    assert (config.n_dis_updates_per_gen_update, config.n_dis_warm_up_updates) == (2, 8)
    assert (config.use_train_test_split, config.use_random_transpose) == (True, True)
    assert config.data_filename == "../data.phrases"
    assert config.learning_rate_schedule.start < config.steps
    assert config.sample_grid == (4, 2)


def test_for_a_gpu_it_is_the_grid_for_longer(tmp_path: Path) -> None:
    experiment = set_up(tmp_path, "--for", "gpu")
    config, nets = experiment.config(), experiment.params().nets
    assert (nets.generator, nets.discriminator) == ("grid", "phrase")
    assert (config.steps, config.batch_size, config.learning_rate_schedule) == (22000, 64, Schedule(start=15000))
    assert (config.augment, config.path_penalty, config.path_penalty_start) == (0.1, 1.0, 15000)


def test_for_a_laptop_too_another_network_can_be_asked_for(tmp_path: Path) -> None:
    params = set_up(tmp_path, "--for", "laptop", "--generator", "hybrid").params()
    assert (params.nets.generator, params.nets.discriminator, params.latent_dim) == ("hybrid", "default", 128)


@pytest.mark.parametrize("track", ["Piano", "piano", "1"])
def test_an_accompaniment_plays_to_a_track_by_name_or_index(track: str, tmp_path: Path) -> None:
    params = set_up(tmp_path, "--generator", "accompaniment", "--condition-track", track).params()
    assert (params.nets.generator, params.is_accompaniment, params.condition_track_idx) == ("accompaniment", True, 1)


def test_a_name_comes_before_an_index(tmp_path: Path) -> None:
    numbered = replace(TRIO, tracks=("2", "0", "Piano"))
    params = set_up(tmp_path, "--generator", "accompaniment", "--condition-track", "0", data=numbered).params()
    assert params.condition_track_idx == 1


@pytest.mark.parametrize("generator", [name for name in GENERATORS if name != "accompaniment"])
def test_every_network_is_set_up_by_its_name(generator: str, tmp_path: Path) -> None:
    experiment = set_up(tmp_path, "--generator", generator)
    params, binary = experiment.params(), generator in ("dbn", "sbn")
    assert params.nets.generator == generator
    assert params.nets.discriminator == ("phrase" if generator == "grid" else "default")
    assert params.use_binary_neurons == experiment.config().use_slope_annealing == binary
    bars = params.data_shape[0]
    grid = 66 + bars * 8 + 3 * 32 + bars * 3 * 4
    assert latent_size(params) == {"jamming": 3 * 128, "hybrid": 64 + 3 * 64, "grid": grid}.get(generator, 128)


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        (["--generator=accompaniment"], ["is None, expected the track that an accompaniment plays to: 0 Drums, "]),
        (["--generator=accompaniment", "--condition-track=Kazoo"], ["is 'Kazoo', expected", ": 0 Drums, 1 Piano, "]),
        (["--generator=accompaniment", "--condition-track=5"], ["is '5', expected", "4 Strings"]),
        (["--generator=accompaniment", "--condition-track=-1"], ["is '-1', expected"]),
        (["--generator=accompaniment", "--condition-track="], ["is '', expected"]),
        (["--condition-track=Piano"], ["--condition-track is for --generator accompaniment alone"]),
        (["--data=lost.phrases"], ["lost.phrases"]),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    options: list[str], messages: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(tmp_path, capsys, *options)
    assert all(message in said for message in messages), said


def test_data_that_no_network_fits_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = replace(TRIO, steps_per_beat=5)
    save_phrases(tmp_path / "odd.npz", odd)
    said = refused(tmp_path, capsys, "--data", str(tmp_path / "odd.npz"))
    assert "odd.npz: data_shape is [4, 16, 72, 3]: 16 steps a bar are no whole number of beats" in said

    save_phrases(tmp_path / "twins.npz", replace(TRIO, tracks=("Piano", "Piano", "Bass")))
    said = refused(tmp_path, capsys, "--data", str(tmp_path / "twins.npz"))
    assert "twins.npz: midi.track_names repeat" in said

    solo = phrase_set(random_cells(2, (1, 8, 12, 1)), [0, 1])
    save_phrases(tmp_path / "solo.npz", solo)
    options = ("--generator", "accompaniment", "--condition-track", "Drums")
    assert "needs at least 2 tracks" in refused(tmp_path, capsys, "--data", str(tmp_path / "solo.npz"), *options)


def test_data_in_another_format_is_converted_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "cells.npy", random_cells(2, (1, 8, 12, 2)))
    said = refused(tmp_path, capsys, "--data", str(tmp_path / "cells.npy"))
    assert f"maisynth-train process-data {tmp_path / 'cells.npy'} {tmp_path / 'cells.phrases'}" in said
