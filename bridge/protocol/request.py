"""What a request is, and how a message becomes one: by the table that bridge/protocol/requests.py fills."""

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
CLOSING: dict[str, str | None] = {}  # the address of the answer that closes a request; None: it has none of its own

_SPOKEN: dict[type[Request], tuple[Field[Any], ...]] = {}  # looking through a class takes longer than reading a message
_PART_AT = {"/mai/latent/data": 3}  # where an answer that comes in numbered parts says: part, parts


class RequestRefused(ValueError):
    """A message that is not a request that can be carried out: the fields of the /mai/error that answers it."""

    def __init__(self, request_id: int, address: str, code: str, message: str) -> None:
        super().__init__(message)
        self.request_id, self.address, self.code, self.message = request_id, address, code, message


@dataclass(frozen=True, slots=True)
class Request:
    """What every request has: the client's own number, echoed first in every answer."""

    id: int = field(metadata={"argument": Argument("i", "the client's own request number", *INT32)})


def any_value(meaning: str) -> Any:
    """A field that takes a value of any type."""
    return field(metadata={"any": meaning})


@dataclass_transform(frozen_default=True, field_specifiers=(argument, group, any_value, field))
def request(address: str, answer: str, closing: str | None = "/mai/done") -> Callable[[type[T]], type[T]]:
    """Puts a request class into the table under its address, with its answer in words and what closes that."""

    def register(kind: type[T]) -> type[T]:
        made = dataclass(frozen=True, slots=True)(kind)
        REQUESTS[address] = made  # type: ignore[assignment]  # every class below is a Request
        ANSWERS[address] = answer
        CLOSING[address] = closing
        return made

    return register


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


def closing_answer(message: OscMessage) -> str | None:
    """The address of the answer that closes a request (or /mai/error does); None: only an error would answer it.

    Of a request that comes in parts, the last one is answered.
    """
    try:
        request = read_request(message)
    except RequestRefused:
        return "/mai/error"
    if getattr(request, "part", 0) + 1 < getattr(request, "parts", 1):
        return None
    return CLOSING[message.address]


def closes(answer: OscMessage, closing: str | None) -> bool:
    """Whether nothing more comes after this answer; `closing` is what closing_answer said of the request."""
    if answer.address == "/mai/error":
        return True
    if answer.address != closing:
        return False
    at = _PART_AT.get(answer.address)
    return at is None or answer.arguments[at] + 1 == answer.arguments[at + 1]  # type: ignore[operator]  # both ints


def address_of(request: Request) -> str:
    """The address that makes such a request."""
    return next(address for address, kind in REQUESTS.items() if kind is type(request))


def usage(kind: type[Request]) -> str:
    """The arguments as the table writes them, such as `id i, name s, [seed i]`."""
    texts = []
    for entry in _spoken(kind):
        if "group" in entry.metadata:
            inside = ", ".join(f"{name} {one.kind}" for name, one in entry.metadata["group"].arguments)
            texts.append(f"({inside}) …")
        else:
            text = f"{entry.name} {'i|f|s' if 'any' in entry.metadata else entry.metadata['argument'].kind}"
            texts.append(text if entry.default is MISSING else f"[{text}]")
    return ", ".join(texts)


def _read_arguments(kind: type[Request], values: tuple[Value, ...]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    rest = list(values)
    for entry in _spoken(kind):
        if "group" in entry.metadata:
            read[entry.name] = entry.metadata["group"].read(tuple(rest))
            return read
        if not rest:
            if entry.default is MISSING:
                raise ArgumentRefused("bad_arguments", f"{entry.name} is missing, expected ({usage(kind)})")
            continue
        value = rest.pop(0)
        of_any_kind = "any" in entry.metadata  # read by whom it is for
        read[entry.name] = value if of_any_kind else entry.metadata["argument"].read(entry.name, value)
    if rest:
        raise ArgumentRefused("bad_arguments", f"{len(values)} arguments came, expected ({usage(kind)})")
    return read


def _spoken(kind: type[Request]) -> tuple[Field[Any], ...]:
    """The fields that a message has arguments for."""
    if kind not in _SPOKEN:
        _SPOKEN[kind] = tuple(entry for entry in fields(kind) if entry.metadata)
    return _SPOKEN[kind]


def _readable_id(message: OscMessage) -> int:
    """The request's number where it can be read, else -1."""
    try:
        value = Argument("i", "id").read("id", message.arguments[0])
    except (IndexError, ArgumentRefused):
        return -1
    return int(value)
