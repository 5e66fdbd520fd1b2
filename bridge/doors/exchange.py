"""One HTTP request: what it asks for, and its answers until the closing one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from bridge.doors.json_message import write_json
from bridge.doors.plain_text import END, split_values, write_line
from bridge.doors.text_values import MalformedMessage, checked_message
from bridge.protocol import answers
from bridge.protocol.osc_packet import OscMessage
from bridge.protocol.requests import closes, closing_answer

PREFIX = "/v1"  # /v1/mai/generate asks for /mai/generate

# Follows a request that only an error would answer: when its pong comes, that error would have come before it.
MARKER = OscMessage("/mai/ping", (0,))
_MARKED = "/mai/pong"


@dataclass(frozen=True, slots=True)
class AnswerFormat:
    """How answers are written: one message, and all of them."""

    content_type: str
    write: Callable[[OscMessage], str]
    join: Callable[[Sequence[str]], str]


PLAIN_TEXT = AnswerFormat(
    "text/plain; charset=utf-8", write_line, lambda lines: "".join(f"{line}\n" for line in (*lines, END))
)
JSON = AnswerFormat("application/json", write_json, lambda texts: f"[{','.join(texts)}]")


def answer_format(accepted: Sequence[str]) -> AnswerFormat:
    """The format that these Accept headers ask for: plain text, unless application/json is named."""
    types = (one.partition(";")[0].strip().lower() for header in accepted for one in header.split(","))
    return JSON if JSON.content_type in types else PLAIN_TEXT


def read_target(target: str) -> OscMessage:
    """The message that a request target such as `/v1/mai/generate?args=7,42` makes. Raises MalformedMessage.

    The query is read as a form: `+` and `%20` are blanks, `%2B` is a plus.
    """
    path, _, query = target.partition("?")
    try:
        fields = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict") if query else []
    except ValueError as problem:
        raise MalformedMessage(f"the query is {query[:60]!r}, expected args=value,value: {problem}") from problem
    if [name for name, _ in fields] not in ([], ["args"]):
        names = ", ".join(name[:30] for name, _ in fields)
        raise MalformedMessage(f"the query has the fields {names}, expected args alone, once")
    return checked_message(path.removeprefix(PREFIX), split_values(fields[0][1] if fields else "", ","))


class Exchange:
    """Gathers the answers to one message; `finish` is called once, when the last has come. One thread uses it."""

    def __init__(self, message: OscMessage, form: AnswerFormat, finish: Callable[[], None]) -> None:
        self._message, self._format, self._finish = message, form, finish
        self._closing = closing_answer(message)
        self._texts: list[str] = []
        self._closed = False

    @property
    def needs_marker(self) -> bool:
        """Whether MARKER has to follow the message."""
        return self._closing is None

    def take(self, answer: OscMessage) -> None:
        """An answer from the engine; what comes after the closing one is let go. Raises ValueError: not writable."""
        if self._closed:
            return
        if self.needs_marker and answer.address == _MARKED:
            self._close()
            return
        self._texts.append(self._format.write(answer))
        if closes(answer, self._closing):
            self._close()

    def give_up(self, code: str, text: str) -> None:
        """End it with an error, unless it has ended."""
        first = next(iter(self._message.arguments), -1)
        self.take(answers.error(first if isinstance(first, int) else -1, self._message.address, code, text))

    def body(self) -> str:
        """All answers so far."""
        return self._format.join(self._texts)

    def _close(self) -> None:
        self._closed = True
        self._finish()
