"""A message as JSON, `[address, argument, …]`: what a WebSocket carries."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from bridge.doors.text_values import MalformedMessage, checked_message, number_text
from bridge.protocol.osc_packet import OscMessage


def write_json(message: OscMessage) -> str:
    """One line of JSON, floats as 32 bits hold them. Raises ValueError for NaN and infinities."""
    values = (json.dumps(one) if isinstance(one, str) else number_text(one) for one in message.arguments)
    return f"[{','.join((json.dumps(message.address), *values))}]"


def read_json(text: str) -> OscMessage:
    """The reverse of write_json; true and false are 1 and 0. Raises MalformedMessage."""
    try:
        value: Any = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as problem:
        raise MalformedMessage(f"the text is no JSON [address, argument, ...]: {problem}") from problem
    if not isinstance(value, list) or not value:
        raise MalformedMessage("the JSON is no list with an address first, expected [address, argument, ...]")
    return checked_message(value[0], value[1:])


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no finite number")
