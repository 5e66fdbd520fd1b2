"""The OSC table: one frozen dataclass a request. Code, README and clients are made from it."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from bridge.protocol.arguments import INT32, Argument, Value, argument, group
from bridge.protocol.request import (
    ANSWERS,
    CLOSING,
    PROTOCOL_VERSION,
    REQUESTS,
    Request,
    RequestRefused,
    address_of,
    any_value,
    closes,
    closing_answer,
    read_request,
    request,
    usage,
)

__all__ = [
    "ANSWERS",
    "CLOSING",
    "PROTOCOL_VERSION",
    "REQUESTS",
    "Request",
    "RequestRefused",
    "address_of",
    "closes",
    "closing_answer",
    "read_request",
    "usage",
]

_AS_GENERATE = "as generate"
_NAME = "1 to 200 printable characters"


def anchors() -> Any:
    """The saved latents of a morph."""
    return group(
        "the saved latents and how much of each", 1, name=Argument("s", _NAME), weight=Argument("f", "share", 0.0)
    )


@request(
    "/mai/hello",
    "/mai/welcome id, version s, protocol i, model s, bars i, beats_per_bar i, steps_per_beat i, "
    "then one track name s per track",
    closing="/mai/welcome",
)
class Hello(Request):
    client: str = argument("s", "what the client calls itself")
    reply_port: int = argument("i", "UDP port for answers (0: the source port)", 0, 65535)
    protocol: int = argument("i", "the version that the client speaks", 1, default=PROTOCOL_VERSION)


@request("/mai/subscribe", "/mai/done id")
class Subscribe(Request):
    tracks: tuple[tuple[int], ...] = group("the tracks to be sent (none: all)", 0, track=Argument("i", "track", 0))


@request("/mai/watch", "/mai/done id; then, and whenever one changes, /mai/state name s, value i|s")
class Watch(Request):
    on: int = argument("i", "1: this client is told what changes for all, 0: no longer", 0, 1, default=1)


@request("/mai/bye", "/mai/done id; its subscriptions end")
class Bye(Request):
    pass


@request(
    "/mai/ping",
    "/mai/pong id, uptime_seconds f, late i, dropped i (a client not heard for 15 s is forgotten)",
    closing="/mai/pong",
)
class Ping(Request):
    pass


@request(
    "/mai/status",
    "/mai/status id, json s (one JSON object: model, provider, latency percentiles in ms per stage, clients, "
    "ports, counters of late, dropped and rejected)",
    closing="/mai/status",
)
class Status(Request):
    pass


@request("/mai/generate", "one /mai/bar a bar and track, in bar order, then /mai/done id, latent_id s")
class Generate(Request):
    seed: int | None = argument("i", "the same seed gives the same notes (left out: a new one)", *INT32, default=None)
    bars: int | None = argument("i", "how many bars, from the first (left out: the model's)", 1, default=None)


@request("/mai/regenerate", "as generate, for what changed only: all else stays note for note the same")
class Regenerate(Request):
    track: int = argument("i", "the track (-1: all that are not locked)", -1)
    bar: int = argument("i", "the bar (-1: all)", -1)
    seed: int | None = argument("i", "the same seed gives the same notes (left out: a new one)", *INT32, default=None)


@request("/mai/latent/save", "/mai/done id, name")
class LatentSave(Request):
    name: str = argument("s", _NAME)


@request("/mai/latent/recall", _AS_GENERATE)
class LatentRecall(Request):
    name: str = argument("s", _NAME)


@request("/mai/latent/delete", "/mai/done id")
class LatentDelete(Request):
    name: str = argument("s", _NAME)


@request("/mai/latent/rename", "/mai/done id")
class LatentRename(Request):
    name: str = argument("s", _NAME)
    new_name: str = argument("s", _NAME)


@request("/mai/latent/list", "/mai/latents id, name s … (in parts: /mai/done id closes)")
class LatentList(Request):
    pass


@request("/mai/latent/get", "/mai/latent/data id, name s, model_hash s, part i, parts i, value f …", "/mai/latent/data")
class LatentGet(Request):
    name: str = argument("s", _NAME)


@request("/mai/latent/put", "/mai/done id, name after the last part")
class LatentPut(Request):
    name: str = argument("s", _NAME)
    model_hash: str = argument("s", "as /mai/latent/data tells it")
    part: int = argument("i", "which part, from 0", 0)
    parts: int = argument("i", "of how many", 1)
    values: tuple[tuple[float], ...] = group("the values", 1, value=Argument("f", "a value"))


@request("/mai/latent/capture", "the nearest latent is found and saved; /mai/done id, name, similarity f")
class Capture(Request):
    name: str = argument("s", _NAME)


@request("/mai/morph", "as generate; weights are normalised, interpolation is spherical")
class Morph(Request):
    anchors: tuple[tuple[str, float], ...] = anchors()


@request("/mai/morph/track", "as generate, for that track alone")
class MorphTrack(Request):
    track: int = argument("i", "the track", 0)
    anchors: tuple[tuple[str, float], ...] = anchors()


@request("/mai/lock", "/mai/done id; a locked track is left alone by generate, recall and morph")
class Lock(Request):
    track: int = argument("i", "the track", 0)
    on: int = argument("i", "1: locked, 0: free", 0, 1)


@request("/mai/clip", "none of its own", closing=None)
class Clip(Request):
    part: int = argument("i", "which part, from 0", 0)
    parts: int = argument("i", "of how many", 1)
    track: int = argument("i", "the track", 0)
    notes: tuple[tuple[int, int, float, float], ...] = group(
        "the notes, in beats from the clip's start",
        0,
        pitch=Argument("i", "MIDI number", 0, 127),
        velocity=Argument("i", "MIDI velocity", 0, 127),
        start=Argument("f", "beats", 0.0, 100_000.0),
        duration=Argument("f", "beats", 0.0, 100_000.0),
    )


@request("/mai/accompany", "the other tracks are generated to fit the clip of that track; as generate")
class Accompany(Request):
    track: int = argument("i", "the track of the clip", 0)
    seed: int | None = argument("i", "the same seed gives the same notes (left out: a new one)", *INT32, default=None)


@request("/mai/set", "/mai/done id, name, value as accepted; every client gets /mai/changed name, value")
class Set(Request):
    name: str = argument("s", "a setting's name")
    value: Value = any_value("its new value, of the setting's own type")


@request("/mai/get", "/mai/value id, name, value", closing="/mai/value")
class Get(Request):
    name: str = argument("s", "a setting's name")


@request("/mai/stream/start", "/mai/done id, at_beat f; then bars arrive ahead of their time until stop")
class StreamStart(Request):
    at_beat: float | None = argument("f", "song position in beats (left out: the next bar)", 0.0, default=None)


@request("/mai/stream/stop", "/mai/done id; sounding notes end")
class StreamStop(Request):
    pass


@request(
    "/mai/transport",
    "none; from the clock client at least once a beat and at every start, stop, locate and tempo change",
    closing=None,
)
class Transport(Request):
    id: int = field(default=-1, init=False)
    beat: float = argument("f", "song position in beats", -1e6, 1e6)
    bpm: float = argument("f", "quarter notes a minute", 1.0, 1000.0)
    playing: int = argument("i", "1 while the song moves", 0, 1)
    numerator: int | None = argument("i", "of the metre (left out: as before)", 1, 64, default=None)
    denominator: int | None = argument("i", "of the metre: 1, 2, 4, 8, 16 or 32", 1, 32, default=None)


@request("/mai/model/list", "/mai/models id, name s … (in parts: /mai/done id closes)")
class ModelList(Request):
    pass


@request("/mai/model/load", "/mai/done id, name once it has passed its self-test and taken over at a bar line")
class ModelLoad(Request):
    name: str = argument("s", "as /mai/model/list tells it")


@request("/mai/history/undo", _AS_GENERATE)
class Undo(Request):
    pass


@request("/mai/history/redo", _AS_GENERATE)
class Redo(Request):
    pass


@request("/mai/panic", "every sounding note gets its note-off and the stream stops, then /mai/done id")
class Panic(Request):
    pass
