"""A smooth walk through the latent space: on the sphere, towards one random point after another, a step a bar."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bridge.contract import ModelContract
from bridge.engine.latents import Latent, draw_latent, morph
from bridge.engine.piece import Piece, is_latent, keep_tracks
from bridge.engine.playing_key import in_key_of
from bridge.engine.renewal import in_harmony
from bridge.pianoroll import Roll

BARS_A_LEG = 16  # to a point a right angle away, as random points are: less than six degrees a bar
_LEG_SEED = 7919


def wander(start: Latent, bar: int, seed: int, contract: ModelContract) -> Latent:
    """Where a walk from `start` is after `bar` bars: at `start` after none. The same seed walks the same way.

    Steps are equal along a leg, so that no bar is further from its neighbours than another. The key stays.
    """
    leg, step = divmod(bar, BARS_A_LEG)
    begin = start if leg == 0 else in_key_of(_point(leg, seed, contract), start, contract)
    if step == 0:
        return begin
    share = step / BARS_A_LEG
    end = in_key_of(_point(leg + 1, seed, contract), start, contract)
    return in_key_of(morph([begin, end], [1.0 - share, share]), start, contract)


def wandered(piece: Piece, bar: int, seed: int, locked: Collection[int], contract: ModelContract) -> Piece:
    """The piece after `bar` bars of a walk: all of its latents move, but for the locked tracks, which stay."""

    def moved(number: int, source: Latent | Roll) -> Latent | Roll:
        if not is_latent(source):
            return source
        return in_harmony(wander(source, bar, seed + number, contract), piece, locked, contract)

    walked = tuple(moved(number, source) for number, source in enumerate(piece.sources))
    return keep_tracks(piece, replace(piece, sources=walked), locked)


def developing(start: Latent, phrases: int, seed: int, contract: ModelContract) -> list[Latent]:
    """A latent a phrase of a long piece: the first is `start`, neighbours are as near as on a walk."""
    return [wander(start, phrase * contract.bars // 2, seed, contract) for phrase in range(phrases)]


def _point(leg: int, seed: int, contract: ModelContract) -> Latent:
    return draw_latent(contract, (seed * _LEG_SEED + leg) & 0x7FFFFFFF)
