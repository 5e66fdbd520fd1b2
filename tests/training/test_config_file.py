"""Configuration files: what is written is read, each key with its comment; mistakes are named."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from training.config import Adam, Config, Midi, Nets, Params, Schedule, SlopeSchedule
from training.config_file import ConfigError, from_mapping, read_config, to_mapping, write_config

CHANGED = Config(
    data_filename="../data: all #1 'é'.npz",
    data_source="npz",
    data_root="..",
    n_jobs=3,
    use_train_test_split=True,
    use_random_transpose=True,
    initial_learning_rate=1e-5,
    learning_rate_schedule=Schedule(start=10, end=20, end_value=1e-7),
    legacy_step_count=True,
    adam=Adam(beta1=0.0),
    gan_loss_type="hinge",
    use_gradient_penalties=False,
    use_slope_annealing=True,
    slope_schedule=SlopeSchedule(start=3, end=4, end_value=2.5),
    save_checkpoint_minutes=2.5,
    sample_grid=(1, 3),
    save_array_samples=False,
    colormap=((0.25, 0.5, 1.0),),
    precision="32-true",
    midi=Midi(track_names=("on", "1", "Stück", "a b", "null"), tempo=93.5),
)


def a_file(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


BINARY = Params(
    latent_dim=7, initial_output_shift=0.0, use_binary_neurons=True, nets=Nets("sbn", "no_onset_offset_stream")
)

ACCOMPANIMENT = Params(
    data_shape=(2, 16, 36, 3),
    beat_resolution=4,
    is_accompaniment=True,
    condition_track_idx=2,
    nets=Nets("accompaniment"),
)

# The original's dbn experiment, as it is published.
ORIGINALS_PARAMS = """
data_shape: [4, 48, 84, 5]
beat_resolution: 12
latent_dim: 128
is_conditional: false
is_accompaniment: false
condition_track_idx: ~
use_binary_neurons: true
nets: {generator: dbn, discriminator: default}
"""
ORIGINALS_CONFIG = """
n_jobs: 20
log_loss_steps: 100
save_samples_steps: 100
save_summaries_steps: 0
save_checkpoint_steps: 10000
evaluate_steps: 100
data_source: 'sa'
data_root: ~
data_filename: 'train_x_lpd_5_phr'
use_random_transpose: false
use_train_test_split: false
steps: 50000
batch_size: 64
n_dis_updates_per_gen_update: 5
initial_learning_rate: 0.001
use_learning_rate_decay: true
learning_rate_schedule: {start: 45000, end: ~, end_value: 0.0}
adam: {beta1: 0.5, beta2: 0.9}
gan_loss_type: wasserstein
use_gradient_penalties: true
use_slope_annealing: true
slope_schedule: {end_value: 5.0, start: 10000, end: ~}
sample_grid: [8, 8]
save_array_samples: true
save_image_samples: true
save_pianoroll_samples: true
midi: {lowest_pitch: 24, programs: [0, 0, 25, 33, 48], is_drums: [1, 0, 0, 0, 0], tempo: 100}
colormap: [[1., 0., 0.], [1., .5, 0.], [0., 1., 0.], [0., 0., 1.], [0., .5, 1.]]
"""


def test_the_originals_files_are_read_as_they_are(tmp_path: Path) -> None:
    params = read_config(a_file(tmp_path, ORIGINALS_PARAMS), Params)
    assert params == Params(use_binary_neurons=True, nets=Nets("dbn"))
    config = read_config(a_file(tmp_path, ORIGINALS_CONFIG), Config)
    assert config == Config(use_slope_annealing=True)  # the other defaults are the original's


def test_a_part_of_a_schedule_leaves_the_rest_at_its_own_defaults(tmp_path: Path) -> None:
    config = read_config(a_file(tmp_path, "slope_schedule: {end: 20000}\n"), Config)
    assert config.slope_schedule == SlopeSchedule(start=10_000, end=20_000, end_value=5.0)


@pytest.mark.parametrize("config", [Config(), CHANGED, Params(), BINARY, ACCOMPANIMENT])
def test_what_is_written_is_read(config: Config | Params, tmp_path: Path) -> None:
    write_config(tmp_path / "config.yaml", config)
    assert read_config(tmp_path / "config.yaml", type(config)) == config


@pytest.mark.parametrize("config", [Config(), CHANGED, Params(), ACCOMPANIMENT])
def test_a_mapping_is_read_back(config: Config | Params) -> None:
    assert from_mapping(type(config), to_mapping(config)) == config


def test_every_key_is_written_with_its_meaning_nested_ones_indented(tmp_path: Path) -> None:
    write_config(tmp_path / "config.yaml", Config())
    lines = (tmp_path / "config.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# config.yaml: how the model is trained."
    assert "steps: 50000  # generator steps" in lines
    assert "sample_grid: [8, 8]  # rows and columns of phrases in a sample" in lines
    assert "adam:  # the optimiser" in lines
    assert lines[lines.index("adam:  # the optimiser") + 1] == "  beta1: 0.5  # of the mean of the gradient"
    assert all("  # " in line for line in lines[1:])
    top = {line.split(":")[0] for line in lines[1:] if not line.startswith(" ")}
    assert top == {entry.name for entry in fields(Config)}


def test_keys_left_out_have_their_defaults(tmp_path: Path) -> None:
    path = a_file(tmp_path, "steps: 7\nadam:\n  beta2: 0.99\n")
    assert read_config(path, Config) == Config(steps=7, adam=Adam(beta2=0.99))
    assert read_config(a_file(tmp_path, ""), Config) == Config()


def test_whole_numbers_and_bare_exponents_are_numbers_too(tmp_path: Path) -> None:
    text = "initial_learning_rate: 1e-4\ngradient_penalty: 5\nlearning_rate_schedule: {end: null, end_value: 2E-6}\n"
    config = read_config(a_file(tmp_path, text), Config)
    assert config.initial_learning_rate == 1e-4
    assert config.gradient_penalty == 5.0
    assert isinstance(config.gradient_penalty, float)
    assert config.learning_rate_schedule == Schedule(end=None, end_value=2e-6)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("step: 5", "unknown key 'step': did you mean 'steps'"),
        ("batchsize: 5", "unknown key 'batchsize': did you mean 'batch_size'"),
        ("adam: {beta_1: 0.5}", r"unknown key 'adam.beta_1': did you mean 'adam.beta1'"),
        ("5: 5", "unknown key '5'"),
        ("steps: many", "'steps' is 'many', expected int"),
        ("steps: 1.5", "'steps' is 1.5, expected int"),
        ("steps: true", "'steps' is True, expected int"),
        ("steps: null", "'steps' is None, expected int"),
        ("initial_learning_rate: fast", "'initial_learning_rate' is 'fast', expected float"),
        ("initial_learning_rate: true", "'initial_learning_rate' is True, expected float"),
        ("use_random_transpose: 1", "'use_random_transpose' is 1, expected bool"),
        ("data_filename: 5", "'data_filename' is 5, expected str"),
        ("is_accompaniment: true", "unknown key 'is_accompaniment'"),
        ("n_jobs: 0", "n_jobs is 0, expected at least 1"),
        ("save_array_samples: 1", "'save_array_samples' is 1, expected bool"),
        ("colormap: [[1, 0, x]]", r"'colormap\[0\]\[2\]' is 'x', expected float"),
        ("slope_schedule: {end_value: -1}", "slope_schedule.end_value is -1.0"),
        ("sample_grid: 4", "'sample_grid' is 4, expected a list"),
        ("sample_grid: [4, x]", r"'sample_grid\[1\]' is 'x', expected int"),
        ("learning_rate_schedule: {end: soon}", r"'learning_rate_schedule.end' is 'soon', expected int"),
        ("adam: 0.5", "adam is 0.5, expected keys and values"),
        ("adam:", "adam is None, expected keys and values"),
        ("[1, 2]", r"the file is \[1, 2\], expected keys and values"),
        ("[]", r"the file is \[\], expected keys and values"),
        ("batch_size: 0", "batch_size is 0, expected at least 1"),
        ("adam: {beta1: 2}", "adam.beta1 is 2.0"),
        ("steps: [", "is not yaml"),
    ],
)
def test_a_mistake_is_refused_by_the_files_and_the_keys_name(text: str, named: str, tmp_path: Path) -> None:
    path = a_file(tmp_path, text)
    with pytest.raises(ConfigError, match=named) as refused:
        read_config(path, Config)
    assert str(path) in str(refused.value)


def test_a_file_that_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"\xff\xfe\x00steps")
    with pytest.raises(ConfigError, match="is not yaml"):
        read_config(path, Config)


def test_a_missing_file_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml cannot be read .*maisynth-train setup-exp"):
        read_config(tmp_path / "config.yaml", Config)


def test_a_mapping_of_the_wrong_kind_is_refused() -> None:
    wrong: Any = {"nets": {"generator": 5}}
    with pytest.raises(ValueError, match=r"'nets.generator' is 5, expected str"):
        from_mapping(Params, wrong)
