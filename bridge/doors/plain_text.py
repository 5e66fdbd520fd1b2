"""A message as a line of plain text, for clients that have nothing but string functions (Reaper's Lua).

A value in double quotes is a string, written as JSON writes it (\\" \\\\ \\n \\u00e9). Without quotes it is an int
where it reads as one, a float where it reads as one, else a string. Lines separate values by blanks, the `args` of a
request by commas.
"""

from __future__ import annotations

import json
import re

from bridge.doors.text_values import MalformedMessage, checked_message, number_text
from bridge.protocol.arguments import Value
from bridge.protocol.osc_packet import OscMessage

END = "end"  # the line after the last message

# No two parts of a pattern below can match the same text in two ways: reading takes linear time, whatever comes.
_INT = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_PLAIN_WORD = re.compile(r"[^\s\x00-\x20\x7f-\xa0\",\\]+")
_SPLITTING = re.compile("[\x7f-\x9f\u2028\u2029]")  # what JSON leaves as it is and some programs end a line at
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_TOKENS = {
    " ": re.compile(rf' *({_QUOTED}|[^" ]+)(?: +|\Z)', re.DOTALL),
    ",": re.compile(rf'( *{_QUOTED} *|[^",]*)(?:,|\Z)', re.DOTALL),
}


def write_line(message: OscMessage) -> str:
    """One line, without its newline: the address and the values. Raises ValueError for NaN and infinities."""
    return " ".join((message.address, *(_write_value(one) for one in message.arguments)))


def read_line(line: str) -> OscMessage:
    """The reverse of write_line. Raises MalformedMessage."""
    address, _, rest = line.partition(" ")
    return checked_message(address, split_values(rest, " "))


def split_values(text: str, separator: str) -> list[Value]:
    """The values in a text, separated by " " or ",". An empty text holds none. Raises MalformedMessage."""
    values: list[Value] = []
    position = 0
    ended = not text.strip(" ")
    while not ended:
        found = _TOKENS[separator].match(text, position)
        if found is None:
            raise MalformedMessage(f"argument {len(values)} has a stray quote, expected quotes around the whole value")
        values.append(_read_value(found[1].strip(" "), len(values)))
        position = found.end()
        ended = position == len(text) and not (separator == "," and text[-1] == ",")
    return values


def _write_value(value: Value) -> str:
    if not isinstance(value, str):
        return number_text(value)
    if _PLAIN_WORD.fullmatch(value) and not _FLOAT.fullmatch(value):
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return _SPLITTING.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _read_value(token: str, place: int) -> Value:
    if token.startswith('"'):
        try:
            text: str = json.loads(token)
        except ValueError as problem:
            raise MalformedMessage(
                f"argument {place} is {token[:60]!r}, expected a JSON string: {problem}"
            ) from problem
        return text
    if not token:
        raise MalformedMessage(f'argument {place} is empty: leave out what is optional, write "" for an empty string')
    if _INT.fullmatch(token):
        if len(token) > 20:
            raise MalformedMessage(f"argument {place} has {len(token)} digits, expected a 32-bit integer")
        return int(token)
    return float(token) if _FLOAT.fullmatch(token) else token
