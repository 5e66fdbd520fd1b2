"""Clients come and go: hello, subscribe, bye, ping, status."""

from __future__ import annotations

from bridge import __version__
from bridge.doors.address import Address
from bridge.engine.engine import Engine, Refused
from bridge.engine.shared_state import shared_state, state_messages
from bridge.engine.status import status_text
from bridge.protocol import answers, requests
from bridge.protocol.osc_packet import OscMessage
from bridge.protocol.requests import PROTOCOL_VERSION


def hello(engine: Engine, request: requests.Hello, source: Address, now: float) -> None:
    if request.protocol != PROTOCOL_VERSION:
        raise Refused(
            "out_of_range", f"protocol is {request.protocol}, this bridge speaks {PROTOCOL_VERSION}: update the older"
        )
    engine.clients.hello(request.client, source, request.reply_port, now)
    contract = engine.contract
    grid = (contract.bars, contract.beats_per_bar, contract.steps_per_beat)
    names = (track.name for track in contract.tracks)
    about = (__version__, PROTOCOL_VERSION, contract.name)
    engine.outbox.answer(OscMessage("/mai/welcome", (request.id, *about, *grid, *names)), source)


def subscribe(engine: Engine, request: requests.Subscribe, source: Address, _now: float) -> None:
    tracks = frozenset(track for (track,) in request.tracks)
    for track in tracks:
        known_track(engine, track)
    if not engine.clients.subscribe(source, tracks or None):
        raise Refused("not_ready", "a subscription needs a client that said /mai/hello from the same port")
    engine.outbox.answer(answers.done(request.id), source)


def watch(engine: Engine, request: requests.Watch, source: Address, _now: float) -> None:
    if not engine.clients.watch(source, bool(request.on)):
        raise Refused("not_ready", "to watch needs a client that said /mai/hello from the same port")
    engine.outbox.answer(answers.done(request.id), source)
    if request.on:
        for message in state_messages(shared_state(engine)):
            engine.outbox.answer(message, source)


def bye(engine: Engine, request: requests.Bye, source: Address, _now: float) -> None:
    engine.outbox.answer(answers.done(request.id), source)
    engine.clients.bye(source)
    engine.forget(source)


def ping(engine: Engine, request: requests.Ping, source: Address, now: float) -> None:
    values = (request.id, float(now - engine.started_at), engine.counters.late, engine.counters.dropped)
    engine.outbox.answer(OscMessage("/mai/pong", values), source)


def status(engine: Engine, request: requests.Status, source: Address, now: float) -> None:
    engine.outbox.answer(OscMessage("/mai/status", (request.id, status_text(engine, now))), source)


def known_track(engine: Engine, track: int) -> int:
    """The track's number, if the band has it. Raises Refused."""
    highest = len(engine.contract.tracks) - 1
    if not 0 <= track <= highest:
        raise Refused("out_of_range", f"track is {track}, expected 0 to {highest}")
    return track
