"""Where the given tracks of a trained accompaniment come from when no MIDI file is named: its training phrases."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.config_file import ConfigError
from training.data.phrase_data import open_phrases
from training.data.phrases import split_by_song
from training.experiment import Experiment
from training.sampling.latent_noise import hash_seed
from training.trained import Trained


def given_from_data(experiment: Experiment, trained: Trained, count: int, seed: tuple[int, ...]) -> NDArray[np.float32]:
    """`count` given tracks (n, bars, steps, pitches) in {-1, 1} of random training phrases, as the original draws them.

    Of held-out songs where there are any. Raises ConfigError, with what to do instead, if the data is not there.
    """
    config, track = trained.config, trained.params.condition_track_idx
    try:
        data = open_phrases(experiment.data_file(experiment.config()))  # where it is now
    except (ConfigError, OSError) as error:
        raise ConfigError(f"{error}. Or name a file to play to: --condition my.mid") from error
    split = split_by_song(data, config.held_out_share, config.seed)
    indices = split.validation if len(split.validation) else split.training
    chosen = np.random.default_rng(hash_seed(*seed)).choice(indices, size=count, replace=count > len(indices))
    return data.unpack(chosen)[..., track].astype(np.float32) * 2.0 - 1.0
