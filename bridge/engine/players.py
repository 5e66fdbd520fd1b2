"""Who plays to a clip: of several players of each track, the one that comes nearest to the clip in harmony.

What all tracks hear says which harmony it is, yet some players keep to it and some do not. A track's own part of the
latent moves no other track, so one phrase that is played tries a player of every track.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.engine.band import PlaysBars
from bridge.engine.handles import taking, track_values
from bridge.engine.harmony import Harmonies, beat_harmonies, tonal_distances
from bridge.engine.latents import Latent, draw_latent
from bridge.pianoroll import Roll

PLAYERS = 8  # of each track: more come nearer still, but leave ever fewer rests


def fitting_players(
    generator: PlaysBars, track: int, clip: Sequence[Roll], latents: Sequence[Latent], seed: int
) -> Generator[None, None, list[Latent]]:
    """The latents with other values for the tracks beside `track`, where those that the seed draws fit the clip better
    than their own. Every track keeps one player for the whole clip. A chore: yields after each phrase that was played.

    `clip`: the given track's phrases (model bars, steps, pitches) bool, with a latent each. Drums have no harmony: they
    stay, and nothing is played to them. A model without handles has one player a track.
    """
    contract = generator.contract
    free = _free_tracks(contract, track)
    given = [beat_harmonies(phrase, contract) for phrase in clip]
    heard = [number for number, phrase in enumerate(clip) if phrase.any()]
    if not free or not heard or contract.tracks[track].is_drum:
        return list(latents)
    rng = np.random.default_rng(seed & 0xFFFFFFFF)
    drawn = [draw_latent(contract, int(rng.integers(2**31))) for _ in range(PLAYERS - 1)]
    distances = []
    for players in ({}, *(dict.fromkeys(free, one) for one in drawn)):
        found = []
        for number in heard:
            latent = _with_players(latents[number], players, contract)
            found.append(_distances(generator, latent, given[number], free))
            yield
        distances.append(np.concatenate(found))
    nearest = dict(zip(free, _nearest(np.stack(distances)), strict=True))
    better = {one: drawn[number - 1] for one, number in nearest.items() if number}
    changed = {id(latent): _with_players(latent, better, contract) for latent in latents}
    return [changed[id(latent)] for latent in latents]  # phrases that shared a latent still do


def _free_tracks(contract: ModelContract, given: int) -> list[int]:
    tracks = (track for track, spec in enumerate(contract.tracks) if track != given and not spec.is_drum)
    return [track for track in tracks if len(track_values(contract, track))]


def _with_players(latent: Latent, players: dict[int, Latent], contract: ModelContract) -> Latent:
    """With each of these tracks as another latent plays it."""
    for track, other in players.items():
        latent = taking(latent, other, track_values(contract, track))
    return latent


def _distances(generator: PlaysBars, latent: Latent, given: Harmonies, tracks: list[int]) -> NDArray[np.float64]:
    """(beats in which the clip sounds, tracks): how far each track is from the clip, nan where it is silent."""
    contract = generator.contract
    roll: Roll = np.asarray(generator(latent, range(contract.bars))[:, tracks] > contract.cell_threshold)
    found = tonal_distances(beat_harmonies(roll, contract), given[:, None])  # (bars, tracks, beats)
    in_beats = found.transpose(0, 2, 1).reshape(-1, len(tracks))
    return np.asarray(in_beats[~np.isnan(given[..., 0]).reshape(-1)])


def _nearest(distances: NDArray[np.float64]) -> list[int]:
    """Of (players, beats, tracks), which player of each track: nearest on average, the first of equals. A rest is
    neither near nor far: it counts as the average of all."""
    sounding = ~np.isnan(distances)
    known = np.where(sounding, distances, 0.0)
    average = known.sum(axis=(0, 1)) / np.maximum(1, sounding.sum(axis=(0, 1)))
    return [int(player) for player in np.where(sounding, distances, average).mean(axis=1).argmin(axis=0)]
