"""What a configuration may say."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from training.config import Adam, Config, Midi, Nets, Params, Schedule, SlopeSchedule


@pytest.mark.parametrize("config", [Params(), Config()])
def test_every_key_says_what_it_means(config: Any) -> None:
    for entry in fields(config):
        assert entry.metadata["meaning"], entry.name
        value = getattr(config, entry.name)
        if is_dataclass(value):
            test_every_key_says_what_it_means(value)


def test_the_defaults_are_the_originals() -> None:
    params, config = Params(), Config()
    assert (params.data_shape, params.beat_resolution, params.latent_dim) == ((4, 48, 84, 5), 12, 128)
    assert (config.steps, config.batch_size) == (50_000, 64)
    assert (config.n_dis_updates_per_gen_update, config.n_dis_warm_up_updates) == (5, 50)
    assert (config.initial_learning_rate, config.adam) == (0.001, Adam(0.5, 0.9))
    assert (config.learning_rate_schedule.start, config.learning_rate_schedule.end) == (45_000, None)
    assert (config.gan_loss_type, config.use_gradient_penalties, config.gradient_penalty) == ("wasserstein", True, 10.0)
    assert (config.gradient_penalty_type, config.augment, config.path_penalty) == ("wasserstein", 0.0, 0.0)
    assert (config.learning_rate_schedule, config.use_learning_rate_decay) == (Schedule(45_000, None, 0.0), True)
    assert (config.slope_schedule, config.use_slope_annealing) == (SlopeSchedule(10_000, None, 5.0), False)
    assert (config.data_source, config.n_jobs, config.use_train_test_split) == ("sa", 20, False)
    assert (config.save_array_samples, config.save_image_samples, config.save_pianoroll_samples) == (True, True, True)
    assert (config.data_filename, config.data_root, config.use_random_transpose) == ("train_x_lpd_5_phr", None, False)
    assert (config.log_loss_steps, config.save_summaries_steps, config.evaluate_steps) == (100, 0, 100)
    assert (config.save_samples_steps, config.save_checkpoint_steps, config.sample_grid) == (100, 10_000, (8, 8))
    assert config.colormap == ((1, 0, 0), (1, 0.5, 0), (0, 1, 0), (0, 0, 1), (0, 0.5, 1))
    assert (params.is_conditional, params.is_accompaniment, params.condition_track_idx) == (False, False, None)
    assert (params.use_binary_neurons, params.nets) == (False, Nets("default", "default"))
    assert (config.midi.programs, config.midi.is_drums) == ((0, 0, 25, 33, 48), (1, 0, 0, 0, 0))
    assert (config.midi.lowest_pitch, config.midi.tempo) == (24, 100.0)


@pytest.mark.parametrize("source", ["sa", "npy", "npz"])
def test_every_data_source_of_the_originals_is_read(source: str) -> None:
    assert Config(data_source=source).data_source == source


def test_songs_are_held_out_where_that_is_asked_for() -> None:
    assert Config(validation_share=0.25).held_out_share == 0.0
    assert Config(validation_share=0.25, use_train_test_split=True).held_out_share == 0.25


@pytest.mark.parametrize("penalty", ["wasserstein", "r1"])
@pytest.mark.parametrize("augment", [0.0, 0.3, 0.999])
def test_a_critics_penalty_and_what_it_hears_may_be_chosen(penalty: str, augment: float) -> None:
    config = Config(gradient_penalty_type=penalty, augment=augment)
    assert (config.gradient_penalty_type, config.augment) == (penalty, augment)


ACCOMPANIMENT: dict[str, Any] = {"is_accompaniment": True, "nets": Nets("accompaniment")}


@pytest.mark.parametrize(
    ("shape", "resolution"), [((4, 96, 84, 5), 24), ((4, 16, 72, 5), 4), ((1, 8, 12, 2), 2), ((8, 21, 128, 1), 7)]
)
def test_any_shape_of_whole_beats_may_be(shape: tuple[int, ...], resolution: int) -> None:
    assert Params(data_shape=shape, beat_resolution=resolution).data_shape == shape


@pytest.mark.parametrize("track", [0, 4])
def test_an_accompaniment_names_its_given_track(track: int) -> None:
    assert Params(**ACCOMPANIMENT, condition_track_idx=track).condition_track_idx == track


@pytest.mark.parametrize(
    ("kind", "change", "named"),
    [
        (Params, {"data_shape": (4, 48, 84)}, r"data_shape is \[4, 48, 84\], expected bars, steps a bar, pitches"),
        (Params, {"data_shape": (4, 48, 129, 5)}, "MIDI has 128 pitches, not 129"),
        (Params, {"data_shape": (4, 0, 84, 5)}, r"data_shape is \[4, 0, 84, 5\], expected .* each at least 1"),
        (Params, {"data_shape": (4, 50, 84, 5)}, "50 steps a bar are no whole number of beats of beat_resolution 12"),
        (Params, {"beat_resolution": 11}, "no whole number of beats of beat_resolution 11"),
        (Params, {"beat_resolution": 0}, "beat_resolution is 0, expected at least 1"),
        (Params, {"latent_dim": 0}, "latent_dim is 0"),
        (Params, {"latent_dim": 0, "nets": Nets("hybrid")}, "latent_dim is 0, expected at least 1"),
        (Params, {"latent_dim": 126, "nets": Nets("hybrid")}, "hybrid network divides it into 4 .* a multiple of 4"),
        (Params, {"latent_dim": 7, "nets": Nets("jamming")}, "jamming network divides it into 2 .* a multiple of 2"),
        (Params, {"latent_dim": 7, "nets": Nets("composer")}, "composer network divides it into 2 .* a multiple of 2"),
        (Params, {"is_conditional": True}, "is_conditional is True, expected False: .* told a label"),
        (Params, {"is_accompaniment": True}, "is_accompaniment is True and .*'default': expected true with accomp"),
        (Params, {"nets": Nets("accompaniment")}, "is_accompaniment is False and nets.generator is 'accompaniment'"),
        (Params, ACCOMPANIMENT, "condition_track_idx is None, expected the given track of an accompaniment, 0 to 4"),
        (Params, ACCOMPANIMENT | {"condition_track_idx": 5}, "condition_track_idx is 5, expected .* 0 to 4"),
        (Params, ACCOMPANIMENT | {"condition_track_idx": -1}, "condition_track_idx is -1, expected .* 0 to 4"),
        (Params, ACCOMPANIMENT | {"data_shape": (4, 48, 84, 1)}, "an accompaniment needs at least 2 tracks"),
        (Params, {"condition_track_idx": 0}, "condition_track_idx is 0, expected None: only an accompaniment"),
        (Params, {"use_binary_neurons": True}, "use_binary_neurons is True and nets.generator is 'default'"),
        (Params, {"nets": Nets("sbn")}, "use_binary_neurons is False and .*'sbn': expected true with dbn and sbn"),
        (Nets, {"generator": "transformer"}, "nets.generator is 'transformer', expected one of: default, dbn, sbn, "),
        (Nets, {"discriminator": "big"}, "nets.discriminator is 'big'"),
        (SlopeSchedule, {"end_value": 0.0}, "slope_schedule.end_value is 0.0, expected a positive number"),
        (Adam, {"beta1": 1.0}, "adam.beta1 is 1.0"),
        (Adam, {"beta2": -0.1}, "adam.beta2 is -0.1"),
        (Midi, {"programs": (0, 0)}, "differ in length"),
        (Midi, {"track_names": ("A", "A", "B", "C", "D")}, "midi.track_names repeat"),
        (Midi, {"programs": (0, 0, 25, 33, 128)}, "midi.programs is"),
        (Midi, {"is_drums": (2, 0, 0, 0, 0)}, "midi.is_drums is"),
        (Midi, {"tempo": 0.0}, "midi.tempo is 0.0"),
        (Config, {"validation_share": 1.0}, "validation_share is 1.0"),
        (Config, {"validation_share": float("nan")}, "validation_share is nan"),
        (Config, {"ema_decay": 1.0}, "ema_decay is 1.0"),
        (Config, {"initial_learning_rate": 0.0}, "initial_learning_rate is 0.0"),
        (Config, {"batch_size": 0}, "batch_size is 0, expected at least 1"),
        (Config, {"n_dis_updates_per_gen_update": 0}, "n_dis_updates_per_gen_update is 0"),
        (Config, {"n_dis_warm_up_updates": 0}, "n_dis_warm_up_updates is 0"),
        (Config, {"steps": -1}, "steps is -1"),
        (Config, {"save_checkpoint_steps": -1}, "save_checkpoint_steps is -1"),
        (Config, {"gan_loss_type": "lsgan"}, "is 'lsgan', expected one of: wasserstein, hinge, nonsaturating, classic"),
        (Config, {"gradient_penalty": -1.0}, "gradient_penalty is -1.0"),
        (Config, {"gradient_penalty": float("nan")}, "gradient_penalty is nan, expected 0 or more"),
        (Config, {"gradient_penalty_type": "r2"}, "gradient_penalty_type is 'r2', expected one of: wasserstein, r1"),
        (Config, {"path_penalty": -0.5}, "path_penalty is -0.5, expected 0 or more"),
        (Config, {"augment": 1.0}, "augment is 1.0, expected 0 to below 1"),
        (Config, {"augment": -0.1}, "augment is -0.1, expected 0 to below 1"),
        (Config, {"augment": float("nan")}, "augment is nan, expected 0 to below 1"),
        (Config, {"data_source": "csv"}, "data_source is 'csv', expected one of: sa, npy, npz"),
        (Config, {"n_jobs": 0}, "n_jobs is 0, expected at least 1"),
        (Config, {"save_summaries_steps": -1}, "save_summaries_steps is -1, expected at least 0"),
        (Config, {"save_checkpoint_minutes": -1.0}, "save_checkpoint_minutes is -1.0, expected 0 or more"),
        (Config, {"save_checkpoint_minutes": float("nan")}, "save_checkpoint_minutes is nan, expected 0 or more"),
        (Config, {"colormap": ((1.0, 0.0),)}, "colormap is .* expected red, green and blue"),
        (Config, {"colormap": ((1.0, 0.0, 2.0),)}, "colormap is .* expected red, green and blue"),
        (Config, {"precision": "16"}, "precision is '16', expected one of: auto, bf16-mixed, 32-true"),
        (Config, {"sample_grid": (4,)}, r"sample_grid is \[4\]"),
        (Config, {"sample_grid": (0, 4)}, r"sample_grid is \[0, 4\]"),
    ],
)
def test_what_cannot_be_is_refused_by_name(kind: type, change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        kind(**change)
