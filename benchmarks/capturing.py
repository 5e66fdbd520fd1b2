"""How much of a clip is captured: python -m benchmarks.capturing MODEL.onnx PHRASES.npz [--phrases 50]

Sends whole phrases through all that /mai/latent/capture runs, the model's own and those of songs that it never heard,
and plays what was found: by the encoder alone, and after the bridge's search from there. Promised: 80 % of the note
cells of the model's own phrases; the exit status says whether that is kept.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.held_out import CannotMeasure, add_arguments, held_out_phrases
from benchmarks.listening_band import BandRefused, ListeningBand
from bridge.engine.encoded import nearest_latent
from bridge.engine.latents import Latent, draw_latent
from bridge.engine.likeness import Likeness
from bridge.generator import BadModel
from bridge.model_files.encoder_file import Encoder, encoder_beside
from training.data.phrase_file import PhraseFileError
from training.encoding.reconstruction import Reconstruction, compare
from training.measures.markdown import markdown_table

PROMISED = 0.8  # of the note cells of the model's own phrases
FIRST_SEED = 1000  # of the model's own phrases
HEADING = ("phrases", "found by", "similarity", "note cells again %", "Dice", "key kept %", "density")

Cells = NDArray[np.bool_]  # (n, bars, steps, pitches, tracks)


@dataclass(frozen=True)
class Found:
    """What came out for some phrases: the cells that sound, the mean similarity (0-1), and seconds a phrase."""

    cells: Cells
    similarity: float
    seconds: float


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, metavar="MODEL.onnx", help="with its encoder beside it, if it has one")
    add_arguments(parser)
    parser.add_argument("--phrases", type=int, default=50, help="of each kind, at most (%(default)s)")
    arguments = parser.parse_args(argv)
    try:
        with closing(ListeningBand(arguments.model)) as band:
            contract, encoder = band.contract, encoder_beside(band.generator)
            held_out = held_out_phrases(arguments.phrases_file, contract, arguments.held_out_share, arguments.seed)
            kinds = {
                f"{contract.name}'s own": own_phrases(band, arguments.phrases),
                "held-out songs": held_out.cells[: arguments.phrases],
            }
            rows: list[tuple[str, ...]] = []
            promised: list[float] = []
            for name, phrases in kinds.items():
                if encoder is not None:
                    rows.append(row(name, "the encoder", phrases, by_encoder(band, encoder, phrases), band))
                searched = captured(band, phrases)
                rows.append(row(name, "the bridge", phrases, searched, band))
                promised.append(reconstruction(phrases, searched.cells, band).recall)
                print(f"{name}: {len(phrases)} phrases, each captured in {searched.seconds:.1f} s (median)")
    except (BadModel, BandRefused, CannotMeasure, PhraseFileError, OSError) as problem:
        parser.error(str(problem))
    print(f"\n{markdown_table(HEADING, rows)}")
    print(f"note cells of the model's own phrases: {100 * promised[0]:.1f} % (promised: {100 * PROMISED:.0f} %)")
    return 0 if promised[0] >= PROMISED else 1


def own_phrases(band: ListeningBand, count: int) -> Cells:
    """What the model plays by itself, the same every time; phrases of silence cannot be captured and are left out."""
    played = (band.played(draw_latent(band.contract, FIRST_SEED + number)) for number in range(count))
    return np.stack([phrase for phrase in played if phrase.any()])


def by_encoder(band: ListeningBand, encoder: Encoder, phrases: Cells) -> Found:
    """Where the encoder says that the search should begin."""
    latents: list[Latent] = []
    similarities, times = [], []
    for number, phrase in enumerate(phrases):
        target = {track: phrase[..., track] for track in range(phrase.shape[3]) if phrase[..., track].any()}
        begin = time.perf_counter()
        latents.append(nearest_latent(encoder(target), target, band.contract, number))
        times.append(time.perf_counter() - begin)
        similarities.append(Likeness.of(band.generator, latents[-1], target).similarity)
    return _found(band, latents, similarities, times)


def captured(band: ListeningBand, phrases: Cells) -> Found:
    """What /mai/latent/capture keeps."""
    latents: list[Latent] = []
    similarities, times = [], []
    for phrase in phrases:
        begin = time.perf_counter()
        latent, similarity = band.capture(phrase)
        times.append(time.perf_counter() - begin)
        latents.append(latent)
        similarities.append(similarity)
    return _found(band, latents, similarities, times)


def reconstruction(phrases: Cells, again: Cells, band: ListeningBand) -> Reconstruction:
    """How much comes out again, of the tracks that play: what a silent one should do, a clip does not say."""
    is_drum = np.array([track.is_drum for track in band.contract.tracks])
    return compare(phrases, again, np.asarray(phrases.any(axis=(1, 2, 3))), is_drum)


def row(name: str, by: str, phrases: Cells, found: Found, band: ListeningBand) -> tuple[str, ...]:
    """A row of the table, in the order of HEADING."""
    again = reconstruction(phrases, found.cells, band)
    return (
        name,
        by,
        f"{found.similarity:.3f}",
        f"{100 * again.recall:.1f}",
        f"{again.dice:.3f}",
        f"{100 * again.key:.0f}",
        f"{again.density:.2f}",
    )


def _found(band: ListeningBand, latents: list[Latent], similarities: list[float], times: list[float]) -> Found:
    return Found(
        np.stack([band.played(latent) for latent in latents]), statistics.mean(similarities), statistics.median(times)
    )


if __name__ == "__main__":
    sys.exit(main())
