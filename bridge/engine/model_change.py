"""When another model has been opened: it takes over at a bar line, and whoever asked for it is answered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridge.engine.band import Band
from bridge.engine.carrying import carried_densities, carried_piece
from bridge.engine.model_desk import Asker
from bridge.model_files.fit import fit
from bridge.model_files.loader import Loaded, LoadFailed
from bridge.protocol import answers

if TYPE_CHECKING:
    from bridge.engine.engine import Engine


def change_models(engine: Engine, now: float) -> None:
    """Answer for the models that could not be opened; the one whose time has come plays from now on."""
    for outcome in engine.models.outcomes():
        asker = outcome.order.asker
        code, reason = "busy", "a newer /mai/model/load has overtaken this one"
        if isinstance(outcome, LoadFailed):
            code, reason = "bad_model", outcome.reason
        engine.refuse(asker.request_id, "/mai/model/load", code, reason, asker.source)
    ready = engine.models.due(engine.song(now), now, engine.conductor.stream is not None)
    if ready is not None:
        _swap(engine, ready, now)


def _swap(engine: Engine, loaded: Loaded[Asker], now: float) -> None:
    """Another model takes over. What fits it stays; the piece goes on where its latents mean something to it."""
    asker, name = loaded.order.asker, loaded.order.file.name
    old, new = engine.contract, loaded.generator.contract
    how = fit(old, new)
    if how.refused:
        engine.refuse(asker.request_id, "/mai/model/load", "bad_model", how.message, asker.source)
        return
    locked = how.carry(engine.locked)
    engine.locked.clear()
    engine.locked.update(locked)
    densities = carried_densities(engine.settings.densities, how, len(new.tracks))
    engine.settings = replace(engine.settings, densities=densities, muted=how.carry(engine.settings.muted))
    engine.clients.retrack(how.tracks)
    engine.models.playing = name
    engine.band = Band(loaded.generator)
    engine.conductor.take_over(engine.band, carried_piece(engine.piece, old, new, how))
    if engine.around.out is not None:
        engine.around.out.use(*engine.around.routes(new), engine.settings.muted)
    problem = loaded.starting.try_to_bring(engine.library)
    engine.outbox.answer(answers.done(asker.request_id, name), asker.source)
    engine.say(" ".join((how.message, *loaded.test.notes)))
    if problem is not None:
        engine.say(problem)
    engine.conductor.refresh(engine.song(now), now)
