"""The phrases that an experiment trains on: found, opened, and checked against its configuration."""

from __future__ import annotations

from training.config import GRID, Config, Params
from training.config_file import ConfigError
from training.data.phrase_data import open_phrases
from training.data.phrase_file import PhraseSet
from training.experiment import Experiment


def open_training_data(experiment: Experiment, params: Params, config: Config) -> PhraseSet:
    """What a run can begin with. Raises ConfigError, PhraseFileError and OSError where it could not begin."""
    data = open_phrases(experiment.data_file(config))
    check_data(data, params, config)
    return data


def check_data(data: PhraseSet, params: Params, config: Config) -> None:
    """Raises ConfigError, naming both sides, where the phrases are not those that the configuration describes."""
    if data.data_shape != params.data_shape or data.steps_per_beat != params.beat_resolution:
        raise ConfigError(
            f"the data has shape {list(data.data_shape)} at {data.steps_per_beat} steps a beat, params.yaml says "
            f"{list(params.data_shape)} at {params.beat_resolution}: maisynth-train setup-exp --data makes an "
            "experiment that fits its data"
        )
    if data.lowest_pitch != config.midi.lowest_pitch:
        raise ConfigError(
            f"the data's lowest pitch is {data.lowest_pitch}, midi.lowest_pitch in config.yaml is "
            f"{config.midi.lowest_pitch}: all would sound at another pitch than it was learned at; make them equal"
        )
    if len(config.midi.is_drums) != params.data_shape[3]:
        raise ConfigError(
            f"config.yaml's midi describes {len(config.midi.is_drums)} tracks, the data has {params.data_shape[3]}: "
            "give track_names, programs and is_drums an entry for each"
        )
    drums = config.midi.drum_tracks
    if params.nets.generator == GRID and params.latent_parts.song_key and set(params.drum_tracks) != set(drums):
        raise ConfigError(
            f"drum_tracks in params.yaml is {list(params.drum_tracks)}, by midi.is_drums in config.yaml it is "
            f"{list(drums)}: what no key moves are the drums; make them equal"
        )
    if len(data) < 2:
        raise ConfigError(f"the data has {len(data)} phrases, expected at least 2: collect more files")
