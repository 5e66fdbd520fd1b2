"""Latents to begin with, chosen by measure and variety, with names that say what they sound like.

Of many random latents the third whose phrases are the most sound (in key, few fragments, bars that belong together, a
band that plays) is kept; of these, one after the other the phrase that is the least like those chosen before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.engine.latents import Latent, draw_latent
from bridge.generator import Generator
from bridge.library.saved_latent import SavedLatent
from bridge.library.transfer import write_latents
from bridge.model_files.starting_latents import starting_latents_file
from bridge.pianoroll import Roll
from bridge.screen.thumbnail import thumbnail
from training.measures.keys import Key, key_of
from training.measures.track_measures import note_onsets, qualified_note_rate

CANDIDATES = 600
KEPT_SHARE = 1 / 3
LEAST_PLAYING = 0.7  # of all bars and tracks together: most of the band, as a first impression
FULLNESS = ("sparse", "light", "full", "dense")  # by quarters of the candidates


@dataclass(frozen=True, eq=False)
class Candidate:
    """A latent, its phrase (bars, tracks, steps, pitches), and what is known of it."""

    latent: Latent
    roll: Roll
    key: Key | None
    soundness: float  # more is better
    notes: NDArray[np.int64]  # begun, a track


def write_starting_latents(model: Path, count: int, saved_at: float) -> list[str]:
    """Choose `count` latents of an exported model and write them beside it; returns their names. Raises OSError.

    With a count of 0 there is no such file afterwards: one of an older model would not fit.
    """
    if not count:
        starting_latents_file(model).unlink(missing_ok=True)
        return []
    generator = Generator(model, provider="cpu")
    chosen = choose(generator, generator.contract, count)
    names = named(chosen, generator.contract)
    latents = [
        SavedLatent(name, generator.contract.model_hash, one.latent, one.roll, saved_at, _picture(one, generator))
        for name, one in zip(names, chosen, strict=True)
    ]
    with starting_latents_file(model).open("wb") as file:
        write_latents(latents, file)
    return names


def choose(generator: Generator, contract: ModelContract, count: int, candidates: int = CANDIDATES) -> list[Candidate]:
    """The soundest phrases that are the least like each other; fewer only where there are fewer candidates."""
    found = [_candidate(generator, contract, seed) for seed in range(max(candidates, count))]
    found.sort(key=lambda one: -one.soundness)
    kept = found[: max(count, round(len(found) * KEPT_SHARE))]
    chosen = [kept.pop(0)]
    while kept and len(chosen) < count:
        nearest = [min(_distance(one.roll, other.roll) for other in chosen) for one in kept]
        chosen.append(kept.pop(int(np.argmax(nearest))))
    return chosen


def named(chosen: Sequence[Candidate], contract: ModelContract) -> list[str]:
    """A name each: its key, how full it is, and the track that plays more than it does in the others."""
    totals = np.array([one.notes.sum() for one in chosen])
    usual = np.median([one.notes for one in chosen], axis=0) + 1.0
    names: list[str] = []
    for one, total in zip(chosen, totals, strict=True):
        fullness = FULLNESS[min(3, int(4 * float((totals < total).mean())))]
        lead = contract.tracks[int(np.argmax(one.notes / usual))].name.lower()
        key = "no key" if one.key is None else str(one.key)
        names.append(_unlike(f"{key}, {fullness}, {lead}", names))
    return names


def _candidate(generator: Generator, contract: ModelContract, seed: int) -> Candidate:
    latent = draw_latent(contract, seed)
    roll: Roll = np.asarray(generator(latent, range(contract.bars)) > contract.cell_threshold)
    cells = roll.transpose(0, 2, 3, 1)  # as the measures want it
    pitched = [track for track, spec in enumerate(contract.tracks) if not spec.is_drum]
    key = key_of(cells, pitched, contract.lowest_pitch)
    notes = note_onsets(cells).sum(axis=(0, 1, 2))
    playing = float(cells.any(axis=(1, 2)).mean())
    long = qualified_note_rate(cells[None])[pitched]
    whole = float(np.nanmean(long)) if np.isfinite(long).any() else 0.0
    bars = [_distance(one, other) for one, other in pairwise(roll)]
    belonging = 1.0 - float(np.mean(bars)) if bars else 0.0
    in_key = 0.0 if key is None else key.share
    soundness = 2.0 * in_key + whole + 0.5 * belonging - (2.0 if playing < LEAST_PLAYING else 0.0)
    return Candidate(latent, roll, key, soundness, notes)


def _distance(one: Roll, other: Roll) -> float:
    """Of the cells that sound in either, the share that sounds in one alone (Jaccard)."""
    either = int((one | other).sum())
    return int((one ^ other).sum()) / either if either else 0.0


def _unlike(name: str, taken: Iterable[str]) -> str:
    others = set(taken)
    number = 2
    unlike = name
    while unlike in others:
        unlike, number = f"{name} {number}", number + 1
    return unlike


def _picture(one: Candidate, generator: Generator) -> bytes:
    return thumbnail(one.roll, generator.contract)
