"""The latent library: save, recall, delete, rename, list, get, put."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from bridge.doors.address import Address
from bridge.engine.engine import Engine, Refused
from bridge.engine.piece import Piece, recorded_piece
from bridge.engine.piece_values import BadValues, piece_to_values, values_to_piece
from bridge.handlers.later import begin_at_once
from bridge.library import SavedLatent, check_name
from bridge.protocol import answers, requests
from bridge.protocol.osc_packet import OscMessage
from bridge.screen.thumbnail import thumbnail

VALUES_A_MESSAGE = 190  # of at most 200 arguments
MESSAGES_AT_ONCE = 10  # of a listing: some 2,000 names, which take 2 ms


def save(engine: Engine, request: requests.LatentSave, source: Address, _now: float) -> None:
    name = allowed(request.name)
    if engine.piece is None:
        raise Refused("not_ready", "nothing has been generated yet: send /mai/generate first")
    keep(engine, name, engine.piece)
    engine.outbox.answer(answers.done(request.id, name), source)


def recall(engine: Engine, request: requests.LatentRecall, source: Address, _now: float) -> None:
    saved = engine.library.get(allowed(request.name))
    if saved.model_hash == engine.contract.model_hash:
        engine.perform(request.id, _piece_of(engine, saved), "recall", source, glides=True)
        return
    piece = _recorded(engine, saved)
    engine.say(f"{saved.name!r} was saved with another model ({saved.model_hash[:12]}): its recorded notes play")
    engine.perform(request.id, piece, "recall", source)


def delete(engine: Engine, request: requests.LatentDelete, source: Address, _now: float) -> None:
    engine.library.delete(allowed(request.name))
    engine.outbox.answer(answers.done(request.id), source)


def rename(engine: Engine, request: requests.LatentRename, source: Address, _now: float) -> None:
    engine.library.rename(allowed(request.name), allowed(request.new_name))
    engine.outbox.answer(answers.done(request.id), source)


def list_latents(engine: Engine, request: requests.LatentList, source: Address, _now: float) -> None:
    def work() -> Iterator[None]:
        messages = answers.names("/mai/latents", request.id, engine.library.each_name())
        for number, message in enumerate(messages, start=1):
            engine.outbox.answer(message, source)
            if number % MESSAGES_AT_ONCE == 0:
                yield

    begin_at_once(engine, request, source, work())


def get(engine: Engine, request: requests.LatentGet, source: Address, _now: float) -> None:
    saved = engine.library.get(allowed(request.name))
    values = saved.values.tolist()
    parts = max(1, math.ceil(len(values) / VALUES_A_MESSAGE))
    for part in range(parts):
        here = values[part * VALUES_A_MESSAGE : (part + 1) * VALUES_A_MESSAGE]
        about = (request.id, saved.name, saved.model_hash, part, parts)
        engine.outbox.answer(OscMessage("/mai/latent/data", (*about, *here)), source)


def put(engine: Engine, request: requests.LatentPut, source: Address, _now: float) -> None:
    name = allowed(request.name)
    values = engine.parcels.add(source, request.id, request.part, request.parts, [value for (value,) in request.values])
    if values is None:
        return
    array = np.array(values, dtype=np.float32)
    roll = None
    if request.model_hash == engine.contract.model_hash:
        try:
            piece = values_to_piece(array, engine.contract)
        except BadValues as problem:
            raise Refused("bad_arguments", f"{name!r}: {problem}") from problem
        roll = engine.band.roll(piece, engine.settings)
    engine.library.save(SavedLatent(name, request.model_hash, array, roll, engine.around.wall_clock()))
    engine.outbox.answer(answers.done(request.id, name), source)


def keep(engine: Engine, name: str, piece: Piece) -> None:
    """Save a piece with its notes and its picture."""
    contract = engine.contract
    roll = engine.band.roll(piece, engine.settings)
    engine.library.save(
        SavedLatent(
            name=name,
            model_hash=contract.model_hash,
            values=piece_to_values(piece, contract),
            roll=roll,
            saved_at=engine.around.wall_clock(),
            picture=thumbnail(roll, contract),
        )
    )


def allowed(name: str) -> str:
    """The name, if a latent can have it. Raises Refused."""
    try:
        check_name(name)
    except ValueError as problem:
        raise Refused("out_of_range", str(problem)) from problem
    return name


def saved_piece(engine: Engine, name: str) -> Piece:
    """A saved piece of the model that plays. Raises Refused for one of another model."""
    saved = engine.library.get(allowed(name))
    if saved.model_hash != engine.contract.model_hash:
        raise Refused(
            "bad_model",
            f"{name!r} was saved with model {saved.model_hash[:12]}, {engine.contract.model_hash[:12]} plays now: "
            "it can be recalled, as recorded notes, but not morphed",
        )
    return _piece_of(engine, saved)


def _piece_of(engine: Engine, saved: SavedLatent) -> Piece:
    try:
        return values_to_piece(saved.values, engine.contract)
    except BadValues as problem:
        raise Refused("storage", f"the entry {saved.name!r} is damaged: {problem}") from problem


def _recorded(engine: Engine, saved: SavedLatent) -> Piece:
    contract = engine.contract
    wanted = (len(contract.tracks), contract.steps_per_bar, contract.pitches)
    if saved.roll is None or saved.roll.shape[1:] != wanted:
        found = (
            "no notes"
            if saved.roll is None
            else "bars of {} tracks, {} steps and {} pitches".format(*saved.roll.shape[1:])
        )
        raise Refused(
            "bad_model",
            f"{saved.name!r} was saved with model {saved.model_hash[:12]} with {found}, this model has {wanted[0]} "
            f"tracks, {wanted[1]} steps and {wanted[2]} pitches: load that model to hear it",
        )
    return recorded_piece(saved.roll, contract)
