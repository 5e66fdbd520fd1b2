"""One function a request: what the engine does for it, and the answer."""

from __future__ import annotations

import secrets

from bridge import __version__
from bridge.clocks.transport import change_tempo, next_bar
from bridge.doors.clients import Address
from bridge.engine.engine import Engine, Handler, Refused
from bridge.engine.latents import Latent, draw_latent, morph
from bridge.engine.settings import change_setting, read_setting
from bridge.engine.status import status_text
from bridge.engine.stream import Stream
from bridge.library import SavedLatent, check_name
from bridge.protocol import answers, requests
from bridge.protocol.osc_packet import OscMessage
from bridge.protocol.requests import PROTOCOL_VERSION, Request

# A bar that begins sooner than this is left to the one after it.
HEADROOM_SECONDS = 0.03


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
    highest = len(engine.contract.tracks) - 1
    if tracks and max(tracks) > highest:
        raise Refused("out_of_range", f"track is {max(tracks)}, expected 0 to {highest}")
    if not engine.clients.subscribe(source, tracks or None):
        raise Refused("not_ready", "a subscription needs a client that said /mai/hello from the same port")
    engine.outbox.answer(answers.done(request.id), source)


def bye(engine: Engine, request: requests.Bye, source: Address, _now: float) -> None:
    engine.outbox.answer(answers.done(request.id), source)
    engine.clients.bye(source)
    engine.forget_stream_source(source)


def ping(engine: Engine, request: requests.Ping, source: Address, now: float) -> None:
    values = (request.id, float(now - engine.started_at), engine.counters.late, engine.counters.dropped)
    engine.outbox.answer(OscMessage("/mai/pong", values), source)


def status(engine: Engine, request: requests.Status, source: Address, now: float) -> None:
    engine.outbox.answer(OscMessage("/mai/status", (request.id, status_text(engine, now))), source)


def generate(engine: Engine, request: requests.Generate, source: Address, now: float) -> None:
    highest = engine.contract.bars
    if request.bars is not None and request.bars > highest:
        raise Refused("out_of_range", f"bars is {request.bars}, expected 1 to {highest}, the model's")
    seed = secrets.randbits(31) if request.seed is None else request.seed
    latent = draw_latent(engine.contract, seed)
    engine.perform(request.id, latent, source, now, request.bars or highest, audition=True)


def save(engine: Engine, request: requests.LatentSave, source: Address, _now: float) -> None:
    name = _allowed(request.name)
    phrase = engine.band.phrase
    if phrase is None:
        raise Refused("not_ready", "nothing has been generated yet: send /mai/generate first")
    roll = engine.band.roll(engine.settings.threshold)
    engine.library.save(SavedLatent(name, engine.contract.model_hash, phrase.latent, roll, engine.around.wall_clock()))
    engine.outbox.answer(answers.done(request.id, name), source)


def recall(engine: Engine, request: requests.LatentRecall, source: Address, now: float) -> None:
    latent = _saved_latent(engine, request.name)
    engine.perform(request.id, latent, source, now, engine.contract.bars, audition=True)


def delete(engine: Engine, request: requests.LatentDelete, source: Address, _now: float) -> None:
    engine.library.delete(_allowed(request.name))
    engine.outbox.answer(answers.done(request.id), source)


def rename(engine: Engine, request: requests.LatentRename, source: Address, _now: float) -> None:
    engine.library.rename(_allowed(request.name), _allowed(request.new_name))
    engine.outbox.answer(answers.done(request.id), source)


def list_latents(engine: Engine, request: requests.LatentList, source: Address, _now: float) -> None:
    for message in answers.latents(request.id, engine.library.names()):
        engine.outbox.answer(message, source)


def morph_latents(engine: Engine, request: requests.Morph, source: Address, now: float) -> None:
    names, weights = zip(*request.anchors, strict=True)
    if not sum(weights) > 0:
        raise Refused("out_of_range", f"the weights are {list(weights)}, expected a sum above 0")
    latent = morph([_saved_latent(engine, name) for name in names], weights)
    # No audition: a sweep would restart the phrase at each step. A running stream makes a morph heard.
    engine.perform(request.id, latent, source, now, engine.contract.bars, audition=False)


def set_value(engine: Engine, request: requests.Set, source: Address, now: float) -> None:
    engine.settings = change_setting(engine.settings, request.name, request.value)
    if request.name == "tempo":
        engine.song = change_tempo(engine.song, engine.settings.tempo, now)
    if request.name == "output" and engine.settings.output == "osc":
        engine.silence()
    value = read_setting(engine.settings, request.name)
    engine.outbox.answer(answers.done(request.id, request.name, value), source)
    engine.outbox.tell_all(OscMessage("/mai/changed", (request.name, value)))


def get_value(engine: Engine, request: requests.Get, source: Address, _now: float) -> None:
    value = read_setting(engine.settings, request.name)
    engine.outbox.answer(OscMessage("/mai/value", (request.id, request.name, value)), source)


def start_stream(engine: Engine, request: requests.StreamStart, source: Address, now: float) -> None:
    beats_per_bar = engine.contract.beats_per_bar
    earliest = engine.song.beat_at(now + HEADROOM_SECONDS)
    at_beat = next_bar(earliest, beats_per_bar) if request.at_beat is None else request.at_beat
    if at_beat < earliest:
        raise Refused(
            "out_of_range",
            f"at_beat is {at_beat:g}, the song is at beat {earliest:.2f}: leave it out to start at the next bar",
        )
    if engine.band.phrase is None:
        engine.band.take_up(draw_latent(engine.contract, secrets.randbits(31)))
    engine.silence()  # an audition gives way
    engine.stream = Stream(request.id, source, at_beat, beats_per_bar, engine.contract.bars)
    engine.outbox.answer(answers.done(request.id, float(at_beat)), source)


def stop_stream(engine: Engine, request: requests.StreamStop | requests.Panic, source: Address, _now: float) -> None:
    engine.stop()
    engine.outbox.answer(answers.done(request.id), source)


def _allowed(name: str) -> str:
    try:
        check_name(name)
    except ValueError as problem:
        raise Refused("out_of_range", str(problem)) from problem
    return name


def _saved_latent(engine: Engine, name: str) -> Latent:
    saved = engine.library.get(_allowed(name))
    if saved.model_hash != engine.contract.model_hash:
        raise Refused(
            "bad_model",
            f"{name!r} was saved with model {saved.model_hash[:12]}, {engine.contract.model_hash[:12]} plays now: "
            "start the bridge with that model to hear it",
        )
    return saved.values


HANDLERS: dict[type[Request], Handler] = {
    requests.Hello: hello,
    requests.Subscribe: subscribe,
    requests.Bye: bye,
    requests.Ping: ping,
    requests.Status: status,
    requests.Generate: generate,
    requests.LatentSave: save,
    requests.LatentRecall: recall,
    requests.LatentDelete: delete,
    requests.LatentRename: rename,
    requests.LatentList: list_latents,
    requests.Morph: morph_latents,
    requests.Set: set_value,
    requests.Get: get_value,
    requests.StreamStart: start_stream,
    requests.StreamStop: stop_stream,
    requests.Panic: stop_stream,
}
