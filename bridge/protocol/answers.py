"""What the bridge says: every message it sends, in parts where one datagram would not hold it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from bridge.pianoroll import Note
from bridge.protocol.osc_packet import MAX_ARGUMENTS, OscMessage

NOTES_A_MESSAGE = 48
_NAME_BYTES_A_MESSAGE = 3000  # below the datagram's 4096, with room for padding and type tags
_TEXT_CHARACTERS = 800  # of an error: at most four bytes each


def done(request_id: int, *values: int | float | str) -> OscMessage:
    return OscMessage("/mai/done", (request_id, *values))


def error(request_id: int, address: str, code: str, message: str) -> OscMessage:
    """The answer to a request that is not carried out."""
    return OscMessage("/mai/error", (request_id, _clean(address)[:200], code, _clean(message)[:_TEXT_CHARACTERS]))


def bars(request_id: int, bar: int, track: int, start_beat: float, notes: Sequence[Note]) -> list[OscMessage]:
    """The messages of one track's bar: at least one, also where it is silent. start_beat -1: not in the song yet."""
    groups = [notes[start : start + NOTES_A_MESSAGE] for start in range(0, len(notes), NOTES_A_MESSAGE)] or [[]]
    return [
        OscMessage(
            "/mai/bar",
            (
                request_id,
                bar,
                track,
                part,
                len(groups),
                float(start_beat),
                *chain.from_iterable(group),  # a note is its four values
            ),
        )
        for part, group in enumerate(groups)
    ]


def names(address: str, request_id: int, listed: Iterable[str]) -> Iterator[OscMessage]:
    """Names in as many messages as they need, and the closing done."""
    group: list[str] = []
    size = 0
    for name in listed:
        if group and (len(group) + 2 > MAX_ARGUMENTS or size + len(name.encode()) + 8 > _NAME_BYTES_A_MESSAGE):
            yield OscMessage(address, (request_id, *group))
            group, size = [], 0
        group.append(name)
        size += len(name.encode()) + 8
    yield OscMessage(address, (request_id, *group))
    yield done(request_id)


def _clean(text: str) -> str:
    """Without NULs, which would end an OSC string early."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
