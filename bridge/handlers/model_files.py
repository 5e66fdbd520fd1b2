"""Models: which there are, and another one in place of the one that plays."""

from __future__ import annotations

from bridge.doors.address import Address
from bridge.engine.engine import Engine, Refused
from bridge.model_files.fit import fit
from bridge.protocol import answers, requests


def list_models(engine: Engine, request: requests.ModelList, source: Address, _now: float) -> None:
    for message in answers.names("/mai/models", request.id, engine.models.names()):
        engine.outbox.answer(message, source)


def load_model(engine: Engine, request: requests.ModelLoad, source: Address, _now: float) -> None:
    file = engine.models.find(request.name)
    if file.contract is not None and (how := fit(engine.contract, file.contract)).refused:
        raise Refused("bad_model", how.message)
    engine.models.order(file, request.id, source)  # answered once it has taken over
