"""Training songs, held-out songs and what the model plays, measured alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.data.phrase_data import open_phrases
from training.data.phrase_file import PhraseSet
from training.data.phrases import Split, split_by_song, track_weights
from training.experiment import Experiment
from training.measures.asked import Asked, Report
from training.measures.evaluation import (
    HELD_OUT,
    PLAYED,
    RAW,
    TRAINING,
    Evaluation,
    EvaluationError,
    MeasuredSet,
)
from training.measures.full_measures import measure_all
from training.measures.min_note import with_min_note
from training.measures.morph_measure import measure_morph
from training.measures.novelty import PhraseIndex, index_phrases, novelty
from training.measures.phrase_selection import select_phrases
from training.measures.played_phrases import played, played_sweeps
from training.measures.real_or_generated import Examined, telling_rate
from training.trained import Trained, load_trained

INDEXED_AT_ONCE = 256  # phrases

Cells = NDArray[np.bool_]


@dataclass(frozen=True)
class RealSongs:
    """Some phrases of the training songs and of the songs held out, and the index of all training phrases."""

    training: Examined
    held_out: Examined | None
    index: PhraseIndex | None  # None: novelty is not asked for
    drums: tuple[int, ...]

    def measured(self, name: str, other: Examined, report: Report) -> MeasuredSet:
        """Another set, measured; beside the training songs if there is an index."""
        found = MeasuredSet(name, measure_all(other.cells, self.drums))
        if self.index is None:
            return found
        report(f"{name}: the nearest training phrases")
        nearest = novelty(other.cells, self.index)
        report(f"{name}: whether it can be told from training songs")
        return replace(found, novelty=nearest, told=telling_rate(self.training, other, self.drums))


def evaluate_experiment(experiment: Experiment, asked: Asked, report: Report = lambda _: None) -> Evaluation:
    """Measure phrases of each: training songs as drawn in training, held-out songs if there are any, what the newest
    checkpoint's generator (`asked.weights`) puts out for fresh latents, and what of it is played after min_note.

    Raises CheckpointError, CollectError, EvaluationError, PhraseFileError, OSError.
    """
    trained = load_trained(experiment, asked.weights) if asked.generated is None else None
    config = experiment.config() if trained is None else trained.config
    drums = tuple(np.flatnonzero(config.midi.is_drums).tolist())
    data = open_phrases(experiment.data_file(experiment.config()))  # where it is now
    split = split_by_song(data, config.held_out_share, config.seed)
    rng = np.random.default_rng(config.seed)

    def drawn(indices: NDArray[np.intp]) -> Examined:
        chosen = draw_indices(data, indices, asked.phrases, config.weigh_tracks, rng)
        return Examined(data.unpack(chosen), data.song[chosen])

    report("songs")
    training, held_out = drawn(split.training), drawn(split.validation) if len(split.validation) else None
    songs = RealSongs(training, held_out, None if asked.quick else _index(data, split, drums), drums)
    sets = [MeasuredSet(TRAINING, measure_all(training.cells, drums))]
    if held_out is not None:
        sets.append(songs.measured(HELD_OUT, held_out, report))
    if trained is None:
        sets.append(songs.measured(RAW, _without_songs(_given_phrases(asked, data)), report))
    else:
        sets += _generated(experiment, trained, asked, songs, report)
    return Evaluation(
        source=str(experiment.folder),
        step=None if trained is None else trained.step,
        tracks=config.midi.track_names,
        drums=drums,
        sets=tuple(sets),
        min_note=0.0 if trained is None else asked.min_note,
    )


def draw_indices(
    data: PhraseSet, indices: NDArray[np.intp], count: int, weigh: bool, rng: np.random.Generator
) -> NDArray[np.intp]:
    """At most `count` different ones of `indices`; `weigh` as in training, where phrases with rarer tracks come more
    often, `count` of them."""
    if not weigh:
        return rng.choice(indices, size=min(count, len(indices)), replace=False)
    return rng.choice(indices, size=count, p=track_weights(data, indices))


def _generated(
    experiment: Experiment, trained: Trained, asked: Asked, songs: RealSongs, report: Report
) -> list[MeasuredSet]:
    """What the generator puts out, and, where min_note is asked for, what is played of it."""
    report("phrases from the model")
    cells = played(experiment, trained, asked.phrases)
    report("morphs from the model")
    sweeps = None if asked.quick else played_sweeps(experiment, trained, asked.phrases)

    def measured(name: str, min_note: float) -> MeasuredSet:
        found = songs.measured(name, _without_songs(with_min_note(cells, min_note, songs.drums)), report)
        if sweeps is None:
            return found
        steps = [with_min_note(sweep, min_note, songs.drums) for sweep in sweeps]
        return replace(found, morph=measure_morph(np.stack(steps), songs.drums))

    return [measured(RAW, 0.0), *([measured(PLAYED, asked.min_note)] if asked.min_note > 0.0 else [])]


def _index(data: PhraseSet, split: Split, drums: Sequence[int]) -> PhraseIndex:
    parts = np.array_split(split.training, 1 + len(split.training) // INDEXED_AT_ONCE)
    return index_phrases((data.unpack(part) for part in parts), data.data_shape, drums)


def _without_songs(cells: Cells) -> Examined:
    return Examined(cells, np.arange(len(cells)))


def _given_phrases(asked: Asked, data: PhraseSet) -> Cells:
    assert asked.generated is not None
    found = select_phrases(asked.generated, asked.phrases, asked.rules, asked.jobs)
    if found.cells.shape[1:] != data.data_shape:
        raise EvaluationError(
            f"the phrases of {asked.generated} have the shape {list(found.cells.shape[1:])} (bars, steps a bar, "
            f"pitches, tracks), expected that of the training data, {list(data.data_shape)}: collect them alike"
        )
    return found.cells
