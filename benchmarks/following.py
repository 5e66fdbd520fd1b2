"""Do the other tracks follow the given one? python -m benchmarks.following MODEL.onnx PHRASES.npz [--phrases 200]

Sends one track of phrases from songs that the model never heard through all that /mai/accompany runs, and measures how
far in harmony (tonal distance, as in maisynth-train evaluate) each other track is from the clip, and from clips of
other songs. Beside it the songs themselves, and accompaniment networks (--accompaniment EXP_DIR …) that were trained to
play to one track. What was not sent of a song checks what the band could not choose by. The exit status says whether
the band follows: nearer to its own clip by more than two standard errors.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.held_out import CannotMeasure, HeldOut, add_arguments, held_out_phrases
from benchmarks.listening_band import BandRefused, ListeningBand
from bridge.contract import ModelContract
from bridge.generator import BadModel
from training.checkpoint import CheckpointError
from training.data.phrase_file import PhraseFileError
from training.experiment import Experiment
from training.latent_layout import latent_size
from training.measures.following import Comparisons, Following
from training.measures.markdown import markdown_table
from training.sampling.latent_noise import draw_latents
from training.trained import load_trained

ALL = "all"
NOT_SENT = "all to what was not sent"
DRAWN = 32  # marks the seed of the networks' latents
HEADING = ("given", "other", "phrases", "TD own", "TD shuffled", "gap", "own is nearer %", "sounds %")

Cells = NDArray[np.bool_]  # (n, bars, steps, pitches, tracks)
# What is played to a track of phrases: all tracks; the given one, as it is.
Plays = Callable[[Cells, int], Cells]


@dataclass(frozen=True)
class Player:
    """Who plays, and to which tracks."""

    name: str
    given: tuple[int, ...]
    plays: Plays


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, metavar="MODEL.onnx", help="with its encoder beside it, if it has one")
    add_arguments(parser)
    parser.add_argument("--accompaniment", type=Path, nargs="+", default=[], metavar="EXP_DIR")
    parser.add_argument("--phrases", type=int, default=200, help="of each given track, at most (%(default)s)")
    arguments = parser.parse_args(argv)
    try:
        with closing(ListeningBand(arguments.model)) as band:
            contract = band.contract
            held_out = held_out_phrases(arguments.phrases_file, contract, arguments.held_out_share, arguments.seed)
            networks = [network_player(folder, contract, arguments.seed) for folder in arguments.accompaniment]
            times: list[float] = []
            pitched = tuple(track for track, spec in enumerate(contract.tracks) if not spec.is_drum)
            ours = Player(contract.name, pitched, lambda clips, track: accompanied(band, clips, track, times))
            songs = Player("the songs themselves", pitched, lambda clips, _track: clips)
            found = [
                (player, Following.of(show(player, held_out, contract, arguments.phrases)))
                for player in (ours, songs, *networks)
            ]
            if band.engine.notice:
                print(band.engine.notice)
    except (BadModel, BandRefused, CannotMeasure, CheckpointError, PhraseFileError, OSError) as problem:
        parser.error(str(problem))
    print(f"a phrase is accompanied in {1e3 * float(np.median(times)):.0f} ms (median)")
    overall = found[0][1]
    return 0 if overall.gap > 2.0 * overall.gap_error else 1


def accompanied(band: ListeningBand, clips: Cells, track: int, times: list[float]) -> Cells:
    """What the band plays to a track of these phrases; how many seconds each took goes to `times`."""
    played = []
    for number, clip in enumerate(clips):
        begin = time.perf_counter()
        played.append(band.accompany(clip, track, seed=number))
        times.append(time.perf_counter() - begin)
    return np.stack(played)


def network_player(folder: Path, contract: ModelContract, seed: int) -> Player:
    """A trained accompaniment. Raises CannotMeasure where it is none, or of another shape than the model, and
    CheckpointError."""
    if folder.suffix == ".onnx":
        raise CannotMeasure(f"{folder} is an export, and an accompaniment has none: name its experiment's folder")
    trained = load_trained(Experiment(folder))
    params, shape = trained.params, (contract.bars, contract.steps_per_bar, contract.pitches, len(contract.tracks))
    if params.condition_track_idx is None:
        raise CannotMeasure(f"{folder} is no accompaniment: its network {params.nets.generator!r} plays by itself")
    if params.data_shape != shape:
        raise CannotMeasure(f"{folder} plays phrases of {params.data_shape}, {contract.name!r} of {shape}")

    def plays(clips: Cells, track: int) -> Cells:
        latents = draw_latents(len(clips), latent_size(params), (seed, DRAWN)).numpy()
        return np.asarray(trained.play(latents, clips[..., track].astype(np.float32) * 2.0 - 1.0) > 0)

    return Player(f"the network {folder.name}", (params.condition_track_idx,), plays)


def show(player: Player, held_out: HeldOut, contract: ModelContract, phrases: int) -> Comparisons:
    """Let the player play, print the table, and return the comparisons of all tracks with all clips. Raises
    CannotMeasure where no phrase has a given track."""
    pitched = [track for track, spec in enumerate(contract.tracks) if not spec.is_drum]
    names = [spec.name for spec in contract.tracks]
    rows: list[tuple[str, ...]] = []
    sent: list[Comparisons] = []
    not_sent: list[Comparisons] = []
    for given in player.given:
        chosen = held_out.with_track(given, phrases)
        if not len(chosen.song):
            continue
        played = player.plays(chosen.cells, given)
        here = {
            other: Comparisons.of(chosen.cells[..., given], played[..., other], chosen.song)
            for other in pitched
            if other != given
        }
        rows += [row(names[given], names[other], found) for other, found in here.items()]
        rows.append(row(names[given], ALL, Comparisons.joined(list(here.values()))))
        sent += here.values()
        not_sent += unsent(chosen, played, [track for track in pitched if track != given])
    if not sent:
        raise CannotMeasure(f"no held-out phrase has a track that {player.name} plays to: hold more songs out")
    overall = Comparisons.joined(sent)
    rows.append(row(ALL, ALL, overall))
    if not_sent:
        rows.append(row(ALL, NOT_SENT, Comparisons.joined(not_sent)))
    print(f"\n{player.name}\n\n{markdown_table(HEADING, rows)}")
    return overall


def unsent(chosen: HeldOut, played: Cells, tracks: list[int]) -> Iterator[Comparisons]:
    """Each track that was played beside the songs' own other tracks, of which the player knew nothing."""
    for other in tracks:
        for unknown in tracks:
            if unknown != other:
                yield Comparisons.of(chosen.cells[..., unknown], played[..., other], chosen.song)


def row(given: str, other: str, comparisons: Comparisons) -> tuple[str, ...]:
    """A row of the table, in the order of HEADING."""
    found = Following.of(comparisons)
    return (
        given,
        other,
        str(found.phrases),
        f"{found.own:.2f}",
        f"{found.shuffled:.2f}",
        f"{found.gap:.2f} ± {found.gap_error:.2f}",
        f"{100 * found.nearer:.1f} ± {100 * found.nearer_error:.1f}",
        f"{100 * found.sounding:.0f}",
    )


if __name__ == "__main__":
    sys.exit(main())
