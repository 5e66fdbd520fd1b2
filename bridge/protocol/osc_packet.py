"""OSC datagrams to messages and back.

The numbers of a message are one run of big-endian fields, packed and unpacked by struct at once, with a layout that is
kept: a track's bar of 14 notes is written in 5 us and read in 6. python-osc, which the tests compare with byte for
byte, takes 115 and 65, and a phrase is 20 such messages. Times are ignored: musical time travels as beats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from struct import error as NotPackable
from typing import Any

MAX_DATAGRAM_BYTES = 4096
MAX_ARGUMENTS = 200
MAX_MESSAGES = 64
MAX_BUNDLE_DEPTH = 4
TOO_LARGE_FOR_FLOAT32 = 3.4028235677973366e38  # from here on a number no longer rounds to a finite float32

_BUNDLE_MARK = b"#bundle\0"
_BUNDLE_HEAD_BYTES = len(_BUNDLE_MARK) + 8  # the mark and the timetag
_ADDRESS = re.compile(r"/[ -~]*")  # printable ASCII
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")  # in a string: NUL ends it, and a lone surrogate is no UTF-8
_STRING_TAG = "s"
_FIELDS = {"i": Struct(">i"), "f": Struct(">f"), "h": Struct(">q"), "d": Struct(">d")}  # big-endian, as all OSC
_CONSTANTS = {"T": 1, "F": 0}  # types that are the value
_NUMBER_TAGS: dict[type, str] = {int: "i", float: "f"}  # bool is neither
_LAYOUTS_KEPT = 1024  # a /mai/bar has 49, by its number of notes
_INT32 = range(-(2**31), 2**31)


class MalformedDatagram(ValueError):
    """The bytes are not OSC as this bridge speaks it; the message says what came and what was expected."""


@dataclass(frozen=True, slots=True)
class OscMessage:
    """One message: an address of printable ASCII from '/' on, and its arguments in order."""

    address: str
    arguments: tuple[int | float | str, ...]


def parse_datagram(datagram: bytes) -> list[OscMessage]:
    """The messages of a datagram, in order, out of their bundles. The reverse of build_message for one message.

    Types i and h become int, f and d float, s str, T and F 1 and 0; NaN and infinities pass. Takes linear time.
    Raises MalformedDatagram, and nothing else, where any part is not OSC, has another type, or exceeds the limits
    above: no message of such a datagram is returned.
    """
    if len(datagram) > MAX_DATAGRAM_BYTES:
        raise MalformedDatagram(
            f"the datagram is {len(datagram)} bytes long, expected at most {MAX_DATAGRAM_BYTES}: send it in parts"
        )
    messages: list[OscMessage] = []
    for packet in _split_bundles(datagram, depth=0):
        if len(messages) == MAX_MESSAGES:
            raise MalformedDatagram(f"the datagram holds more than {MAX_MESSAGES} messages: send several datagrams")
        messages.append(_read_message(packet))
    return messages


def build_message(address: str, arguments: Sequence[int | float | str]) -> bytes:
    """One message of the types i, f and s alone. The reverse of parse_datagram, floats rounded to float32.

    Raises ValueError for what cannot be sent: an address that is not printable ASCII from '/' on, a bool or another
    type, an int outside int32, a finite float outside float32, a string with a NUL or a lone surrogate, more than
    MAX_ARGUMENTS arguments or MAX_DATAGRAM_BYTES bytes.
    """
    if _ADDRESS.fullmatch(address) is None:
        raise ValueError(f"the OSC address is {address!r}, expected '/' and printable ASCII")
    if len(arguments) > MAX_ARGUMENTS:
        raise ValueError(f"{address} has {len(arguments)} arguments, expected at most {MAX_ARGUMENTS}: send parts")
    datagram = _pack_numbers(address, arguments) or _pack_one_by_one(address, arguments)
    if len(datagram) > MAX_DATAGRAM_BYTES:
        raise ValueError(f"{address} is {len(datagram)} bytes, expected at most {MAX_DATAGRAM_BYTES}: send it in parts")
    return datagram


def _split_bundles(packet: bytes, depth: int) -> Iterator[bytes]:
    """The bytes of each message in a packet; `depth` counts the bundles around it."""
    if not packet.startswith(_BUNDLE_MARK):
        yield packet
        return
    if depth == MAX_BUNDLE_DEPTH:
        raise MalformedDatagram(f"bundles are nested more than {MAX_BUNDLE_DEPTH} deep: send the messages side by side")
    if len(packet) < _BUNDLE_HEAD_BYTES:
        raise MalformedDatagram(f"a bundle of {len(packet)} bytes is cut off before its timetag ends")
    offset = _BUNDLE_HEAD_BYTES
    while offset < len(packet):
        if len(packet) - offset < 4:
            raise MalformedDatagram(f"a bundle ends in {len(packet) - offset} stray bytes, expected an element's size")
        size = int.from_bytes(packet[offset : offset + 4], "big", signed=True)
        offset += 4
        left = len(packet) - offset
        if size <= 0 or size % 4 != 0 or size > left:
            raise MalformedDatagram(f"a bundle element has the size {size}, expected a multiple of 4 from 4 to {left}")
        yield from _split_bundles(packet[offset : offset + size], depth + 1)
        offset += size


def _read_message(packet: bytes) -> OscMessage:
    """Raises MalformedDatagram unless the packet is one whole message of accepted types, to the last byte."""
    if not packet.startswith(b"/"):
        raise MalformedDatagram(f"the datagram or element starts with {packet[:8]!r}, expected '/' or '#bundle'")
    address, offset = _take_string(packet, 0, "the address")
    if _ADDRESS.fullmatch(address) is None:
        raise MalformedDatagram(f"the address is {address!r}, expected printable ASCII")
    if offset == len(packet):
        return OscMessage(address, ())  # older clients leave out the type tags of a message without arguments
    tags, offset = _take_string(packet, offset, f"the type tags of {address}")
    if not tags.startswith(","):
        raise MalformedDatagram(f"the type tags of {address} start with {tags[:1]!r}, expected ','")
    if len(tags) - 1 > MAX_ARGUMENTS:
        raise MalformedDatagram(f"{address} has {len(tags) - 1} arguments, expected at most {MAX_ARGUMENTS}")
    numbers = _number_fields(tags)
    if numbers is not None and offset + numbers.size == len(packet):
        return OscMessage(address, numbers.unpack_from(packet, offset))
    return OscMessage(address, _take_one_by_one(packet, offset, tags, address))


def _take_one_by_one(packet: bytes, offset: int, tags: str, address: str) -> tuple[int | float | str, ...]:
    """The arguments of a message of any accepted types. Raises MalformedDatagram, naming the first that is wrong."""
    values: list[int | float | str] = []
    for index, tag in enumerate(tags[1:]):
        if tag == _STRING_TAG:
            text, offset = _take_string(packet, offset, f"argument {index} of {address}")
            values.append(text)
        elif tag in _CONSTANTS:
            values.append(_CONSTANTS[tag])
        elif tag in _FIELDS:
            field = _FIELDS[tag]
            if offset + field.size <= len(packet):  # or else the length is found wrong below
                values += field.unpack_from(packet, offset)
            offset += field.size
        else:
            raise MalformedDatagram(f"argument {index} of {address} has the type {tag!r}, expected i, f or s")
    if offset != len(packet):
        raise MalformedDatagram(
            f"{address} is {len(packet)} bytes long, expected {offset} from its type tags {tags[:40]!r}"
        )
    return tuple(values)


@lru_cache(maxsize=_LAYOUTS_KEPT)
def _number_fields(tags: str) -> Struct | None:
    """The fields that these type tags stand for; None where they are not all numbers."""
    return Struct(f">{tags[1:].replace('h', 'q')}") if _FIELDS.keys() >= set(tags[1:]) else None


def _take_string(packet: bytes, start: int, what: str) -> tuple[str, int]:
    """The string at `start`, and where the next field begins."""
    nul = packet.find(b"\0", start)
    end = nul + 4 - nul % 4  # every field starts at a multiple of 4
    if nul < 0 or packet[nul:end] != bytes(end - nul):
        raise MalformedDatagram(f"{what} is not closed by NUL bytes up to a multiple of 4")
    try:
        return packet[start:nul].decode("utf-8"), end
    except UnicodeDecodeError as error:
        raise MalformedDatagram(f"{what} is {packet[start : min(nul, start + 40)]!r}, expected UTF-8 text") from error


def _pack_numbers(address: str, arguments: Sequence[int | float | str]) -> bytes | None:
    """The message, if it is numbers of 32 bits alone. The reverse of what _read_message does with those."""
    layout = _layout_to_send(address, tuple(map(type, arguments)))
    if layout is None:
        return None
    head, numbers = layout
    try:
        return head + numbers.pack(*arguments)
    except (NotPackable, OverflowError):  # one is too large: which one is told by packing them one by one
        return None


@lru_cache(maxsize=_LAYOUTS_KEPT)
def _layout_to_send(address: str, kinds: tuple[type, ...]) -> tuple[bytes, Struct] | None:
    """What such a message begins with, and its fields; None where these are not all plain ints and floats."""
    if not _NUMBER_TAGS.keys() >= set(kinds):
        return None
    tags = "".join(_NUMBER_TAGS[kind] for kind in kinds)
    return _pack_string(address) + _pack_string(f",{tags}"), Struct(f">{tags}")


def _pack_one_by_one(address: str, arguments: Sequence[int | float | str]) -> bytes:
    """A message of any types that are sent. Raises ValueError, naming the first argument that cannot be."""
    tags, fields = ",", b""
    for index, value in enumerate(arguments):
        try:
            tag = _tag_to_send(value)
        except ValueError as error:
            raise ValueError(f"argument {index} of {address} is {repr(value)[:60]}, {error}") from error
        tags += tag
        fields += _PACK[tag](value)
    return _pack_string(address) + _pack_string(tags) + fields


def _pack_string(text: str) -> bytes:
    """With the NULs that end it, up to a multiple of 4. The reverse of _take_string."""
    encoded = text.encode()
    return encoded + bytes(4 - len(encoded) % 4)


def _tag_to_send(value: int | float | str) -> str:
    """The OSC type of a value; raises ValueError with what was expected instead."""
    if isinstance(value, float):
        if TOO_LARGE_FOR_FLOAT32 <= abs(value) < float("inf"):
            raise ValueError("expected a float that 32 bits can hold")
        return "f"
    if isinstance(value, int) and not isinstance(value, bool):
        if value not in _INT32:
            raise ValueError("expected an int of 32 bits")
        return "i"
    if not isinstance(value, str):
        raise ValueError(f"a {type(value).__name__}, expected an int, a float or a str")
    if _UNSENDABLE.search(value) is not None:
        raise ValueError("expected text without NUL and lone surrogates")
    return "s"


_PACK: dict[str, Callable[[Any], bytes]] = {"i": _FIELDS["i"].pack, "f": _FIELDS["f"].pack, "s": _pack_string}
