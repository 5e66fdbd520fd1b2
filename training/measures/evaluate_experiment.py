"""Training songs, held-out songs and what the model plays, measured alike."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from training.data.phrase_data import open_phrases
from training.data.phrase_file import PhraseSet
from training.data.phrases import split_by_song, track_weights
from training.experiment import Experiment
from training.latent_layout import latent_size
from training.measures.evaluation import Evaluation, MeasuredSet
from training.measures.full_measures import measure_all
from training.sampling.accompanied import given_from_data
from training.sampling.latent_noise import draw_latents, hash_seed
from training.trained import Trained, load_trained

GENERATED_SEED = 10
PLAYED_AT_ONCE = 64  # phrases


def evaluate_experiment(experiment: Experiment, phrases: int) -> Evaluation:
    """Measure `phrases` phrases of each: training songs as drawn in training, held-out songs if there are any, and the
    newest checkpoint's averaged generator on fresh latents. Raises CheckpointError, PhraseFileError, OSError."""
    trained = load_trained(experiment)
    config = trained.config
    data = open_phrases(experiment.data_file(experiment.config()))  # where it is now
    split = split_by_song(data, config.held_out_share, config.seed)
    drums = tuple(np.flatnonzero(config.midi.is_drums).tolist())
    rng = np.random.default_rng(config.seed)

    def drawn(indices: NDArray[np.intp]) -> NDArray[np.bool_]:
        return draw_phrases(data, indices, phrases, config.weigh_tracks, rng)

    sets = [MeasuredSet("training", measure_all(drawn(split.training), drums))]
    if len(split.validation):
        sets.append(MeasuredSet("held out", measure_all(drawn(split.validation), drums)))
    generated = played(trained, phrases, _given(experiment, trained, phrases))
    sets.append(MeasuredSet("generated", measure_all(generated, drums)))
    return Evaluation(str(experiment.folder), trained.step, config.midi.track_names, drums, tuple(sets))


def draw_phrases(
    data: PhraseSet, indices: NDArray[np.intp], count: int, weigh: bool, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """At most `count` different phrases of `indices`, (n, bars, steps, pitches, tracks) bool; `weigh` as in training,
    where phrases with rarer tracks come more often."""
    if not weigh:
        return data.unpack(rng.choice(indices, size=min(count, len(indices)), replace=False))
    return data.unpack(rng.choice(indices, size=count, p=track_weights(data, indices)))


def _given(experiment: Experiment, trained: Trained, phrases: int) -> NDArray[np.float32] | None:
    if not trained.params.is_accompaniment:
        return None
    return given_from_data(experiment, trained, phrases, (trained.config.seed, GENERATED_SEED))


def played(trained: Trained, phrases: int, given: NDArray[np.float32] | None = None) -> NDArray[np.bool_]:
    """(phrases, bars, steps, pitches, tracks) bool: what the generator plays at threshold 0, the same every time."""
    seed = (trained.config.seed, GENERATED_SEED)
    latents = draw_latents(phrases, latent_size(trained.params), seed).numpy()
    torch.manual_seed(hash_seed(*seed))  # stochastic neurons draw from torch's own source
    parts = np.array_split(np.arange(phrases), 1 + (phrases - 1) // PLAYED_AT_ONCE)
    return np.concatenate([trained.play(latents[part], None if given is None else given[part]) > 0 for part in parts])
