"""The OSC table: one frozen dataclass a request. Code, README and clients are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

from bridge.protocol.arguments import INT32, Argument, ArgumentRefused, Value, argument, group
from bridge.protocol.osc_packet import OscMessage

PROTOCOL_VERSION = 1

T = TypeVar("T")
REQUESTS: dict[str, type[Request]] = {}
ANSWERS: dict[str, str] = {}


class RequestRefused(ValueError):
    """A message that is not a request that can be carried out: the fields of the /mai/error that answers it."""

    def __init__(self, request_id: int, address: str, code: str, message: str) -> None:
        super().__init__(message)
        self.request_id, self.address, self.code, self.message = request_id, address, code, message


@dataclass(frozen=True, slots=True)
class Request:
    """What every request has: the client's own number, echoed first in every answer."""

    id: int = field(metadata={"argument": Argument("i", "the client's own request number", *INT32)})


@dataclass_transform(frozen_default=True, field_specifiers=(argument, group))
def request(address: str, answer: str) -> Callable[[type[T]], type[T]]:
    """Puts a request class into the table under its address."""

    def register(kind: type[T]) -> type[T]:
        made = dataclass(frozen=True, slots=True)(kind)
        REQUESTS[address] = made  # type: ignore[assignment]  # every class below is a Request
        ANSWERS[address] = answer
        return made

    return register


_AS_GENERATE = "as generate"
_NAME = "1 to 200 printable characters"


@request(
    "/mai/hello",
    "/mai/welcome id, version s, protocol i, model s, bars i, beats_per_bar i, steps_per_beat i, "
    "then one track name s per track",
)
class Hello(Request):
    client: str = argument("s", "what the client calls itself")
    reply_port: int = argument("i", "UDP port for answers (0: the source port)", 0, 65535)
    protocol: int = argument("i", "the version that the client speaks", 1, default=PROTOCOL_VERSION)


@request("/mai/subscribe", "/mai/done id")
class Subscribe(Request):
    tracks: tuple[tuple[int], ...] = group("the tracks to be sent (none: all)", 0, track=Argument("i", "track", 0))


@request("/mai/bye", "/mai/done id; its subscriptions end")
class Bye(Request):
    pass


@request("/mai/ping", "/mai/pong id, uptime_seconds f, late i, dropped i (a client not heard for 15 s is forgotten)")
class Ping(Request):
    pass


@request(
    "/mai/status",
    "/mai/status id, json s (one JSON object: model, provider, latency percentiles in ms per stage, clients, "
    "ports, counters of late, dropped and rejected)",
)
class Status(Request):
    pass


@request("/mai/generate", "one /mai/bar a bar and track, in bar order, then /mai/done id, latent_id s")
class Generate(Request):
    seed: int | None = argument("i", "the same seed gives the same notes (left out: a new one)", *INT32, default=None)
    bars: int | None = argument("i", "how many bars, from the first (left out: the model's)", 1, default=None)


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


@request("/mai/morph", "as generate; weights are normalised, interpolation is spherical")
class Morph(Request):
    anchors: tuple[tuple[str, float], ...] = group(
        "the saved latents and how much of each", 1, name=Argument("s", _NAME), weight=Argument("f", "share", 0.0)
    )


@request("/mai/set", "/mai/done id, name, value as accepted; every client gets /mai/changed name, value")
class Set(Request):
    name: str = argument("s", "a setting's name")
    value: Value = argument("s", "its new value, of the setting's own type")


@request("/mai/get", "/mai/value id, name, value")
class Get(Request):
    name: str = argument("s", "a setting's name")


@request("/mai/stream/start", "/mai/done id, at_beat f; then bars arrive ahead of their time until stop")
class StreamStart(Request):
    at_beat: float | None = argument("f", "song position in beats (left out: the next bar)", 0.0, default=None)


@request("/mai/stream/stop", "/mai/done id; sounding notes end")
class StreamStop(Request):
    pass


@request("/mai/panic", "every sounding note gets its note-off and the stream stops, then /mai/done id")
class Panic(Request):
    pass


def read_request(message: OscMessage) -> Request:
    """The request that a message makes. Raises RequestRefused."""
    kind = REQUESTS.get(message.address)
    if kind is None:
        raise RequestRefused(
            _readable_id(message),
            message.address,
            "unknown_address",
            f"there is no {message.address!r}: the addresses are in the README's OSC table",
        )
    try:
        return kind(**_read_arguments(kind, message.arguments))
    except ArgumentRefused as refusal:
        raise RequestRefused(_readable_id(message), message.address, refusal.code, str(refusal)) from refusal


def usage(kind: type[Request]) -> str:
    """The arguments as the table writes them, such as `id i, name s, [seed i]`."""
    texts = []
    for entry in fields(kind):
        if "group" in entry.metadata:
            inside = ", ".join(f"{name} {one.kind}" for name, one in entry.metadata["group"].arguments)
            texts.append(f"({inside}) …")
        else:
            text = f"{entry.name} {_kind_letter(kind, entry)}"
            texts.append(text if entry.default is MISSING else f"[{text}]")
    return ", ".join(texts)


def _read_arguments(kind: type[Request], values: tuple[Value, ...]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    rest = list(values)
    for entry in fields(kind):
        if "group" in entry.metadata:
            read[entry.name] = entry.metadata["group"].read(tuple(rest))
            return read
        if not rest:
            if entry.default is MISSING:
                raise ArgumentRefused("bad_arguments", f"{entry.name} is missing, expected ({usage(kind)})")
            continue
        value = rest.pop(0)
        # The value of /mai/set is read by the setting that it is for.
        is_any = kind is Set and entry.name == "value"
        read[entry.name] = value if is_any else entry.metadata["argument"].read(entry.name, value)
    if rest:
        raise ArgumentRefused("bad_arguments", f"{len(values)} arguments came, expected ({usage(kind)})")
    return read


def _kind_letter(kind: type[Request], entry: Field[Any]) -> str:
    if kind is Set and entry.name == "value":
        return "i|f|s"
    letter: str = entry.metadata["argument"].kind
    return letter


def _readable_id(message: OscMessage) -> int:
    """The request's number where it can be read, else -1."""
    try:
        value = Argument("i", "id").read("id", message.arguments[0])
    except (IndexError, ArgumentRefused):
        return -1
    return int(value)
