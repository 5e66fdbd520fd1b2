"""Settings: set and get."""

from __future__ import annotations

from bridge.doors.address import Address
from bridge.engine import mutes
from bridge.engine.engine import Engine, Refused
from bridge.engine.settings import change_setting, read_setting
from bridge.playing.track_settings import plain_name
from bridge.protocol import answers, requests
from bridge.protocol.osc_packet import OscMessage


def set_value(engine: Engine, request: requests.Set, source: Address, now: float) -> None:
    tracks = engine.contract.tracks
    changed = change_setting(engine.settings, request.name, request.value, tracks)
    if request.name == "clock":
        try:
            engine.around.clock.choose(changed.clock)
        except (OSError, ImportError) as problem:
            raise Refused("not_ready", str(problem)) from problem
    engine.settings = changed
    if request.name == "tempo":
        engine.around.clock.set_tempo(changed.tempo, now)
    if request.name == "output" and changed.output == "osc" and engine.around.out is not None:
        engine.around.out.silence()
    if request.name.startswith(mutes.PREFIX) and engine.around.out is not None:
        engine.around.out.mute(changed.muted)
    value = read_setting(changed, request.name, tracks)
    engine.around.memory.keep_setting(request.name, value)
    engine.outbox.answer(answers.done(request.id, request.name, value), source)
    engine.outbox.tell_all(OscMessage("/mai/changed", (plain_name(request.name, tracks), value)))
    engine.conductor.refresh(engine.song(now), now)


def get_value(engine: Engine, request: requests.Get, source: Address, _now: float) -> None:
    value = read_setting(engine.settings, request.name, engine.contract.tracks)
    engine.outbox.answer(OscMessage("/mai/value", (request.id, request.name, value)), source)
