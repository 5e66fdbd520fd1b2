"""The stream, the host's transport, and panic."""

from __future__ import annotations

import secrets

from bridge.clocks.lead import Host
from bridge.clocks.metre import ImpossibleMetre, Metre
from bridge.doors.address import WEB_SOCKET, Address
from bridge.engine.engine import Engine, Refused
from bridge.engine.latents import draw_latent
from bridge.engine.piece import plain_piece
from bridge.engine.stream import Stream
from bridge.protocol import answers, requests
from bridge.protocol.osc_packet import OscMessage

# A bar that begins sooner than this is left to the one after it.
HEADROOM_SECONDS = 0.03


def start_stream(engine: Engine, request: requests.StreamStart, source: Address, now: float) -> None:
    song = engine.song(now)
    earliest = song.beat_at(now + HEADROOM_SECONDS) if song.playing else song.beat_at(now)
    at_beat = song.next_bar(earliest) if request.at_beat is None else request.at_beat
    if song.playing and at_beat < earliest:
        raise Refused(
            "out_of_range",
            f"at_beat is {at_beat:g}, the song is at beat {earliest:.2f}: leave it out to start at the next bar",
        )
    if engine.conductor.piece is None:
        engine.conductor.piece = plain_piece(draw_latent(engine.contract, secrets.randbits(31)), engine.contract)
    start = song.next_bar(at_beat)
    engine.conductor.start(Stream(request.id, source, start, start), song)
    engine.outbox.answer(answers.done(request.id, float(start)), source)


def stop_stream(engine: Engine, request: requests.StreamStop | requests.Panic, source: Address, _now: float) -> None:
    engine.stop()
    engine.outbox.answer(answers.done(request.id), source)


def transport(engine: Engine, request: requests.Transport, source: Address, _now: float) -> None:
    clock, host = engine.around.clock, _host(engine, source)
    try:
        metre = None
        if request.numerator is not None:
            metre = Metre(request.numerator, 4 if request.denominator is None else request.denominator)
        _let_go_of_leaver(engine)
        notice = clock.hear_host(host, request.beat, request.bpm, bool(request.playing), metre, engine.received_at)
    except (ImpossibleMetre, ValueError) as problem:
        raise Refused("out_of_range", str(problem)) from problem
    if notice is None:
        return
    engine.say(notice)
    if host.name is None:  # what is said to the clients does not reach it
        engine.outbox.answer(OscMessage("/mai/changed", ("notice", notice)), source)


def _host(engine: Engine, source: Address) -> Host:
    """Who speaks: a client is known by the address it announced; all of a computer that said no hello are one."""
    client = engine.clients.find(source)
    if client is not None:
        return Host(client.reply_to, source, client.name)
    return Host(source if source[0] == WEB_SOCKET else (source[0], 0), source, None)


def _let_go_of_leaver(engine: Engine) -> None:
    """A client that leads the song no longer does once it has said bye or was forgotten."""
    leader = engine.around.clock.leader
    if leader is None or leader.name is None:
        return
    if all(client.reply_to != leader.id for client in engine.clients):
        engine.around.clock.forget_leader()
