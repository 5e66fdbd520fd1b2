"""New music: generate, regenerate, undo and redo, locks."""

from __future__ import annotations

from bridge.doors.address import Address
from bridge.engine.ahead import chosen_seed
from bridge.engine.engine import Engine, Refused
from bridge.engine.latents import Latent, draw_latent
from bridge.engine.piece import LONGEST_PIECE, Piece, long_piece, plain_piece
from bridge.engine.renewal import in_harmony, renewed
from bridge.engine.wander import developing
from bridge.handlers.clients import known_track
from bridge.protocol import answers, requests


def generate(engine: Engine, request: requests.Generate, source: Address, _now: float) -> None:
    contract = engine.contract
    if request.bars is not None and request.bars > LONGEST_PIECE:
        raise Refused("out_of_range", f"bars is {request.bars}, expected 1 to {LONGEST_PIECE}")
    if request.seed is None:
        coming = engine.ahead.take(contract)
        seed, latent = coming.seed, coming.latent
    else:
        seed, latent = request.seed, draw_latent(contract, request.seed)
    latent = _in_harmony(engine, latent)
    if request.bars is None or request.bars <= contract.bars:
        engine.perform(request.id, plain_piece(latent, contract), "generate", source, bars=request.bars)
        return
    # A piece that develops: neighbouring phrases are near, so that no seam is heard.
    phrases = -(-request.bars // contract.bars)
    latents = [_in_harmony(engine, phrase) for phrase in developing(latent, phrases, seed, contract)]
    piece = long_piece(latents, request.bars, contract)
    engine.perform(request.id, piece, "generate", source)


def regenerate(engine: Engine, request: requests.Regenerate, source: Address, _now: float) -> None:
    piece = _playing(engine)
    tracks = range(piece.tracks) if request.track == -1 else [known_track(engine, request.track)]
    if request.bar >= piece.bars:
        raise Refused("out_of_range", f"bar is {request.bar}, expected -1 (all) to {piece.bars - 1}")
    if request.track in engine.locked:
        raise Refused("not_ready", f"track {request.track} is locked: unlock it first")
    contract = engine.contract
    phrases = -(-piece.bars // contract.bars)
    seed = drawn_seed(request.seed)
    latents = developing(draw_latent(contract, seed), phrases, seed, contract)
    if request.track == -1:
        latents = [_in_harmony(engine, latent) for latent in latents]
    fresh = long_piece(latents, piece.bars, contract)
    bar = None if request.bar == -1 else request.bar
    chosen = renewed(piece, fresh, contract, tracks, bar, kept=engine.locked)
    engine.perform(request.id, chosen, "regenerate", source, changes_only=True)


def undo(engine: Engine, request: requests.Undo, source: Address, _now: float) -> None:
    _perform_again(engine, request.id, engine.around.memory.undo(engine.contract), source)


def redo(engine: Engine, request: requests.Redo, source: Address, _now: float) -> None:
    _perform_again(engine, request.id, engine.around.memory.redo(engine.contract), source)


def lock(engine: Engine, request: requests.Lock, source: Address, _now: float) -> None:
    track = known_track(engine, request.track)
    (engine.locked.add if request.on else engine.locked.discard)(track)
    engine.outbox.answer(answers.done(request.id), source)


def drawn_seed(seed: int | None) -> int:
    """The seed asked for, or one that nobody chose."""
    return chosen_seed() if seed is None else seed


def _in_harmony(engine: Engine, latent: Latent) -> Latent:
    return in_harmony(latent, engine.piece, engine.locked, engine.contract)


def _playing(engine: Engine) -> Piece:
    if engine.piece is None:
        raise Refused("not_ready", "nothing has been generated yet: send /mai/generate first")
    return engine.piece


def _perform_again(engine: Engine, request_id: int, piece: Piece | None, source: Address) -> None:
    if piece is None:
        raise Refused("not_ready", "there is no step to go to: nothing was played before, or nothing was undone")
    engine.perform(request_id, piece, "", source, keeps_locked=False)
