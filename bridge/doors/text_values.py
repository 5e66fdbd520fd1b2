"""Numbers and strings as the HTTP door writes them, and what it lets in; plain text and JSON share this."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from bridge.protocol.arguments import Value
from bridge.protocol.osc_packet import MAX_ARGUMENTS, OscMessage

_ADDRESS = re.compile(r"/[ -~]*")  # printable ASCII, as in a datagram
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")
_INT64 = range(-(2**63), 2**63)  # what OSC can hold; the request's table asks for less


class MalformedMessage(ValueError):
    """The text is no message; the exception says what came and what was expected."""


def number_text(value: int | float) -> str:
    """The shortest decimal of the 32-bit number that OSC would have sent; a float is told by its point or exponent.

    Raises ValueError for NaN, infinities and floats beyond 32 bits: JSON cannot hold them and nobody expects them.
    """
    return _float_text(value) if isinstance(value, float) else str(int(value))


@lru_cache(maxsize=4096)  # the same few positions and durations come again and again
def _float_text(value: float) -> str:
    with np.errstate(over="ignore"):
        rounded = np.float32(value)
    if not math.isfinite(rounded):
        raise ValueError(f"{value} is no finite 32-bit number")
    return str(rounded)


def checked_message(address: object, values: Sequence[object]) -> OscMessage:
    """A message of what was read from text, held to what a datagram can hold. Raises MalformedMessage."""
    if not isinstance(address, str) or _ADDRESS.fullmatch(address) is None:
        raise MalformedMessage(f"the address is {_shown(address)}, expected '/' and printable ASCII")
    if len(values) > MAX_ARGUMENTS:
        raise MalformedMessage(f"{address} has {len(values)} arguments, expected at most {MAX_ARGUMENTS}")
    return OscMessage(address, tuple(_checked(place, value) for place, value in enumerate(values)))


def _checked(place: int, value: object) -> Value:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        if _UNSENDABLE.search(value):
            raise MalformedMessage(
                f"argument {place} is {_shown(value)}, expected text without NUL and lone surrogates"
            )
        return value
    if isinstance(value, int):
        if value not in _INT64:
            raise MalformedMessage(f"argument {place} has {value.bit_length()} bits, expected a 32-bit integer")
        return value
    if isinstance(value, float):
        return value
    raise MalformedMessage(f"argument {place} is {_shown(value)}, expected a number or a string")


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
