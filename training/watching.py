"""What a run shows of itself besides its losses: measures of the music, samples, TensorBoard. One process does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from training.config import Config, Params
from training.experiment import Experiment
from training.given_tracks import GivenTracks
from training.latent_layout import latent_size
from training.measures.metrics import Measures, measure
from training.networks.generators import BandGenerator
from training.sampling.latent_noise import draw_latents
from training.sampling.sample_images import TRACK_COLOURS
from training.sampling.samples import sheet_from, write_samples
from training.step_log import Losses, StepLog
from training.summaries import Summaries
from training.trained import play

FIXED_LATENTS = 1  # marks the seed of the latents that every sample picture uses
MEASURED_LATENTS = 8  # marks the seed of those that are measured, others at each step
MEASURED_PHRASES = 200
OF_PITCH = ("pitch_classes", "qualified_notes", "polyphony")  # say nothing of drums


@dataclass(frozen=True)
class Watch:
    """Writes into an experiment's folders what its generator plays."""

    experiment: Experiment
    params: Params
    config: Config
    given: GivenTracks
    log: StepLog
    summaries: Summaries | None

    def real(self) -> None:
        """Log the measures of the phrases that it learns from."""
        batches = self.given.batches
        drawn = replace(batches, batch_size=min(MEASURED_PHRASES, len(batches.indices)), random_transpose=False)
        self.log.write(f"real: {measure(replace(drawn, share=None).batch(0) > 0, self._drums()).line()}")

    def measures(self, step: int, generator: BandGenerator) -> Measures:
        """Measure fresh phrases."""
        latents = draw_latents(MEASURED_PHRASES, latent_size(self.params), (self.config.seed, MEASURED_LATENTS, step))
        found = measure(play(generator, latents, self.given.draw(MEASURED_PHRASES, step)) > 0, self._drums())
        self.log.measures(step, found)
        if self.summaries is not None:
            self.summaries.scalars(step, _curves(found, self.config.midi.track_names, self._drums()))
        return found

    def samples(self, step: int, generator: BandGenerator) -> None:
        """The same latents at every step, in the formats that config.save_*_samples say."""
        rows, columns = self.config.sample_grid
        sheet = sheet_from(self.config, self.params, rows, columns)
        sheet = replace(sheet, formats=[form for form in sheet.formats if form != "midi phrases"])
        output = self._sample(generator)
        write_samples(self.experiment.samples, step, output, sheet, (self.config.seed, FIXED_LATENTS, step))

    def summary(self, step: int, generator: BandGenerator, losses: Losses, rate: float, speed: float) -> None:
        """Curves and a picture for TensorBoard."""
        if self.summaries is None:
            return
        self.summaries.scalars(
            step,
            {
                "loss/critic": losses.distance,
                "loss/gradient_penalty": losses.penalty,
                "loss/generator": losses.generator,
                "learning_rate": rate,
                "phrases_per_second": speed,
            },
        )
        rows, columns = self.config.sample_grid
        colours = self.config.colormap or TRACK_COLOURS
        self.summaries.phrases(step, self._sample(generator) > 0, rows, columns, colours)

    def flush(self) -> None:
        """Put on the disk what belongs to the steps before a checkpoint."""
        if self.summaries is not None:
            self.summaries.flush()

    def close(self) -> None:
        if self.summaries is not None:
            self.summaries.close()

    def _sample(self, generator: BandGenerator) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        count = self.config.sample_grid[0] * self.config.sample_grid[1]
        latents = draw_latents(count, latent_size(self.params), (self.config.seed, FIXED_LATENTS))
        return play(generator, latents, self.given.draw(count, 0))

    def _drums(self) -> tuple[int, ...]:
        return tuple(np.flatnonzero(self.config.midi.is_drums).tolist())


def open_summaries(config: Config, folder: Path, first: int) -> Summaries | None:
    """TensorBoard's files, if config.save_summaries_steps asks for them."""
    return Summaries(folder, first) if config.save_summaries_steps else None


def _curves(found: Measures, tracks: tuple[str, ...], drums: tuple[int, ...]) -> dict[str, float]:
    """The measures as curves: those without a number are left out, and of drums those that are about pitch."""
    tables = {
        "empty_bars": found.empty_bars,
        "pitch_classes": found.pitch_classes,
        "qualified_notes": found.qualified_notes,
        "polyphony": found.polyphony,
        "density": found.density,
    }
    curves = {
        f"{name}/{track}": value
        for name, values in tables.items()
        for index, (track, value) in enumerate(zip(tracks, values, strict=True))
        if not (name in OF_PITCH and index in drums)
    }
    curves |= {"drum_pattern": found.drum_pattern, "variety": found.variety}
    return {name: value for name, value in curves.items() if np.isfinite(value)}
