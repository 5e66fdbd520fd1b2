"""Answers that take longer than a request may: a piece at a time, while the band plays on."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.doors.address import Address
from bridge.engine.chores import TooManyChores
from bridge.engine.engine import Engine, Refused
from bridge.protocol import requests


def begin(engine: Engine, request: requests.Request, source: Address, work: Iterator[None]) -> None:
    """Do this work, which answers, when nothing else is due. Raises Refused where too much waits."""

    def guarded() -> Iterator[None]:
        try:
            yield from work
        except Exception as problem:  # it answers later than its handler, and its errors too
            engine.fail(request.id, requests.address_of(request), problem, source)

    try:
        engine.chores.add(guarded)
    except TooManyChores as problem:
        raise Refused("busy", str(problem)) from problem


def begin_at_once(engine: Engine, request: requests.Request, source: Address, work: Iterator[None]) -> None:
    """The same, but its first piece now: what is short waits for nothing."""
    if next(work, _DONE) is not _DONE:
        begin(engine, request, source, work)


_DONE = object()
