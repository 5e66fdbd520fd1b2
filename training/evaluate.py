"""maisynth-train evaluate EXP_DIR: measures of what a model plays, beside those of real phrases."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from training.checkpoint import CheckpointError, load_checkpoint, newest_checkpoint
from training.experiment import Experiment
from training.latent_noise import draw_latents
from training.loop import sample
from training.metrics import Measures, measure
from training.networks import build_generator
from training.phrase_data import open_phrases
from training.phrases import split_by_song, track_weights

GENERATED_SEED = 10


@dataclass(frozen=True)
class Evaluation:
    """Measures of as many phrases each: training songs as drawn in training, held-out songs, and generated."""

    step: int
    phrases: int
    tracks: tuple[str, ...]
    training: Measures
    held_out: Measures
    generated: Measures


def evaluate(experiment: Experiment, phrases: int) -> Evaluation:
    """Measure the newest checkpoint's averaged generator on fresh latents. Raises CheckpointError."""
    path = newest_checkpoint(experiment.model)
    if path is None:
        raise CheckpointError(f"{experiment.model} holds no checkpoint: run maisynth-train run-train first")
    checkpoint = load_checkpoint(path)
    params, config = checkpoint.params, checkpoint.config
    generator = build_generator(params)
    generator.load_state_dict(checkpoint.average)
    generator.eval()
    data = open_phrases(experiment.data_file(config))
    split = split_by_song(data, config.validation_share, config.seed)
    rng = np.random.default_rng(config.seed)

    def some(indices: NDArray[np.intp]) -> Measures:
        weights = track_weights(data, indices) if config.weigh_tracks else None
        return measure(data.unpack(rng.choice(indices, size=phrases, p=weights)))

    latents = draw_latents(phrases, params.latent_dim, (config.seed, GENERATED_SEED))
    return Evaluation(
        step=checkpoint.step,
        phrases=phrases,
        tracks=data.tracks,
        training=some(split.training),
        held_out=some(split.validation if len(split.validation) else split.training),
        generated=measure(sample(generator, latents)),
    )


def show(evaluation: Evaluation, console: Console) -> None:
    """A table: rows are measures, a value a track."""
    table = Table(title=f"{evaluation.phrases} phrases each, step {evaluation.step}")
    for column in ("measure", "of", *evaluation.tracks):
        table.add_column(column, justify="right" if column in evaluation.tracks else "left")
    sets = (
        ("training songs", evaluation.training),
        ("held-out songs", evaluation.held_out),
        ("generated", evaluation.generated),
    )
    for title, name, scale, digits in (
        ("empty bars (EB) %", "empty_bars", 100, 0),
        ("qualified notes (QN) %", "qualified_notes", 100, 0),
        ("pitch classes a bar (UPC)", "pitch_classes", 1, 1),
        ("polyphony (PP) %", "polyphony", 100, 0),
        ("density %", "density", 100, 2),
    ):
        for of, measures in sets:
            table.add_row(title, of, *(f"{scale * value:.{digits}f}" for value in getattr(measures, name)))
    console.print(table)
    for of, measures in sets:
        console.print(
            f"{of}: drum hits on sixteenths (DP) {100 * measures.drum_pattern:.0f} %, variety {measures.variety:.0f} "
            f"cells, distance to the training songs {measures.distance(evaluation.training):.3f}"
        )


def write(evaluation: Evaluation, path: Path) -> None:
    """The same as JSON."""
    sets = {name: getattr(evaluation, name).to_mapping() for name in ("training", "held_out", "generated")}
    text = json.dumps({"step": evaluation.step, "phrases": evaluation.phrases, **sets}, indent=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
