"""The bytes of a UDP datagram to typed requests, or to a refusal that can be answered."""

from __future__ import annotations

import math
from dataclasses import fields

from bridge.doors.address import Address
from bridge.doors.inbox import Inbox
from bridge.protocol import answers
from bridge.protocol.arguments import INT32, Argument, Value
from bridge.protocol.osc_packet import MalformedDatagram, OscMessage, build_message, parse_datagram
from bridge.protocol.requests import REQUESTS, Request, RequestRefused, closing_answer, read_request, usage

SOURCE: Address = ("127.0.0.1", 50_000)
REFUSALS = ("unknown_address", "bad_arguments", "out_of_range")
_EXAMPLES: dict[str, tuple[Value, ...]] = {"i": (1,), "f": (1.5,), "s": ("a name",), "i|f|s": (0.5,)}


def target(data: bytes) -> None:
    sent: list[OscMessage] = []
    inbox = Inbox(lambda message, _: sent.append(message))
    inbox.receive(data, SOURCE, 1.0)
    letters = []
    while (letter := inbox.take(0.0)) is not None:
        letters.append(letter)
    try:
        messages = parse_datagram(data)
    except MalformedDatagram:
        assert (inbox.malformed, letters) == (1, []), "a malformed datagram has to be counted and do nothing"
        (error,) = sent
        _check_sendable(error)
        return
    assert (inbox.malformed, sent, len(letters)) == (0, [], len(messages))
    for message, letter in zip(messages, letters, strict=True):
        if isinstance(letter.request, RequestRefused):
            _check_refusal(letter.request, message)
        else:
            _check_request(letter.request, message)


def seeds() -> list[bytes]:
    """Every request with all of its arguments, and with groups thrice; bundles, and types that are not sent back."""
    messages = []
    for address, kind in REQUESTS.items():
        arguments: list[Value] = []
        for word in usage(kind).replace("(", "").replace(")", "").replace("[", "").replace("]", "").split(", "):
            arguments += _EXAMPLES[word.removesuffix(" …").split()[-1]] if word else ()
        messages.append(build_message(address, arguments))
    pair = b"".join(len(one).to_bytes(4, "big") + one for one in messages[:2])
    bundle = b"#bundle\0" + bytes(7) + b"\x01" + pair
    nested = b"#bundle\0" + bytes(8) + len(bundle).to_bytes(4, "big") + bundle
    wide = b"/mai/transport\0\0,dhTF\0\0\0" + b"\x40\x09\x21\xfb\x54\x44\x2d\x18" + bytes(7) + b"\x78"
    return [*messages, bundle, nested, wide, b"/mai/ping\0\0\0"]


def _check_refusal(refusal: RequestRefused, message: OscMessage) -> None:
    assert refusal.code in REFUSALS, refusal.code
    assert refusal.address == message.address
    assert closing_answer(message) == "/mai/error"
    _check_sendable(answers.error(refusal.request_id, refusal.address, refusal.code, refusal.message))


def _check_request(request: Request, message: OscMessage) -> None:
    assert type(request) is REQUESTS[message.address]
    for entry in fields(request):
        value = getattr(request, entry.name)
        if "group" in entry.metadata:
            kinds = [argument for _, argument in entry.metadata["group"].arguments]
            for row in value:
                for argument, one in zip(kinds, row, strict=True):
                    _check_value(argument, one)
        elif "argument" in entry.metadata and value is not entry.default:
            _check_value(entry.metadata["argument"], value)
    try:
        again = build_message(message.address, message.arguments)
    except ValueError:
        return  # of 64 bits, or of a kind that is not sent back
    if not any(isinstance(one, float) for one in message.arguments):
        assert parse_datagram(again) == [message]
        assert read_request(message) == request


def _check_value(argument: Argument, value: Value) -> None:
    """Of the argument's own type, in its range, and small enough to be sent back."""
    expected = {"i": int, "f": float, "s": str}[argument.kind]
    assert type(value) is expected, (argument, value)
    if isinstance(value, int):
        assert INT32[0] <= value <= INT32[1], value
    if not isinstance(value, str):
        assert math.isfinite(value), value
        assert argument.low is None or value >= argument.low, (argument, value)
        assert argument.high is None or value <= argument.high, (argument, value)
        build_message("/mai/done", (value,))


def _check_sendable(message: OscMessage) -> None:
    assert parse_datagram(build_message(message.address, message.arguments)) == [message]
