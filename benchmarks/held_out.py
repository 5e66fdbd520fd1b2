"""Phrases of songs that a model never heard, drawn the same every time, for the benchmarks that send it clips."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract
from training.data.phrase_data import open_phrases
from training.data.phrases import split_by_song
from training.sampling.latent_noise import hash_seed

DRAWN = 31  # marks the seed of what is drawn


class CannotMeasure(ValueError):
    """What came cannot be measured; the message says what it is and what was expected."""


@dataclass(frozen=True)
class HeldOut:
    """Phrases (n, bars, steps, pitches, tracks) bool, in random order, and the number of each one's song (n,)."""

    cells: NDArray[np.bool_]
    song: NDArray[np.int32]

    def with_track(self, track: int, most: int) -> HeldOut:
        """The first phrases, `most` at most, in which this track plays."""
        plays = np.flatnonzero(self.cells[..., track].any(axis=(1, 2, 3)))[:most]
        return HeldOut(self.cells[plays], self.song[plays])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which phrases: `phrases_file`, and the run's `held_out_share` and `seed`."""
    parser.add_argument("phrases_file", type=Path, metavar="PHRASES.npz", help="of collect-data, or a store")
    parser.add_argument("--held-out-share", type=float, default=0.1, help="the run's validation_share (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="the run's seed, which split the songs (%(default)s)")


def held_out_phrases(path: Path, contract: ModelContract, share: float, seed: int) -> HeldOut:
    """All phrases of the songs that a run with this validation_share and seed holds out.

    Raises CannotMeasure for phrases of another shape or other tracks than the model's, PhraseFileError and OSError.
    """
    data = open_phrases(path)
    shape = (contract.bars, contract.steps_per_bar, contract.pitches, len(contract.tracks))
    if data.data_shape != shape or data.lowest_pitch != contract.lowest_pitch:
        raise CannotMeasure(
            f"{path} holds phrases of (bars, steps, pitches, tracks) {data.data_shape} from pitch {data.lowest_pitch} "
            f"up, {contract.name!r} plays {shape} from {contract.lowest_pitch} up: collect them for this model"
        )
    names = tuple(track.name for track in contract.tracks)
    if tuple(map(str.lower, data.tracks)) != tuple(map(str.lower, names)):
        raise CannotMeasure(f"{path} has the tracks {', '.join(data.tracks)}, {contract.name!r} {', '.join(names)}")
    indices = split_by_song(data, share, seed).validation
    if not len(indices):
        raise CannotMeasure(f"a share of {share} of the songs in {path} holds none out: name a larger one")
    drawn = np.random.default_rng(hash_seed(seed, DRAWN)).permutation(indices)
    return HeldOut(data.unpack(drawn), data.song[drawn])
