"""Morphs between saved latents: the whole band, or one track."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.doors.address import Address
from bridge.engine.engine import Engine, Refused
from bridge.engine.piece import Piece, repeated
from bridge.engine.piece_morph import morph_pieces
from bridge.engine.renewal import renewed
from bridge.handlers.clients import known_track
from bridge.handlers.latents import saved_piece
from bridge.protocol import requests


def morph(engine: Engine, request: requests.Morph, source: Address, _now: float) -> None:
    piece = _between(engine, request.anchors)
    engine.perform(request.id, piece, "morph", source, glides=True, gesture=True)


def morph_track(engine: Engine, request: requests.MorphTrack, source: Address, _now: float) -> None:
    track = known_track(engine, request.track)
    if track in engine.locked:
        raise Refused("not_ready", f"track {track} is locked: unlock it first")
    target, playing = _between(engine, request.anchors), engine.piece
    if playing is not None:
        target = renewed(playing, repeated(target, playing.bars), engine.contract, [track], bar=None, kept=())
    engine.perform(request.id, target, "morph", source, glides=True, changes_only=True, gesture=True)


def _between(engine: Engine, anchors: Sequence[tuple[str, float]]) -> Piece:
    names, weights = zip(*anchors, strict=True)
    if not sum(weights) > 0:
        raise Refused("out_of_range", f"the weights are {list(weights)}, expected a sum above 0")
    return morph_pieces([saved_piece(engine, name) for name in names], weights, engine.contract)
