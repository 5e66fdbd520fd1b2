"""Well-formed MIDI files with anything in them: the bytes are the events, so that what comes after the reader is tried.

Random bytes seldom get past the reader of MIDI files; here each four bytes are an event, and all are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.fuzz.midi_files import target as midi_target

EVENT_BYTES = 4
FAR_TICKS = 5000
_CHANNELS = 16

Event = Callable[[int, int], bytes]


def target(data: bytes) -> None:
    midi_target(song_of(data))


def seeds() -> list[bytes]:
    """Bars of 4/4 in which a drum, a piano and a bass play; the same with changes of metre and of tempo."""
    head = bytes([0, 24])
    band = b"".join(
        bytes([0, 0, channel, pitch]) + bytes([1, 24, channel, pitch])
        for channel, pitch in [(9, 36), (0, 60), (2, 40)] * 24
    )
    programs = bytes([2, 0, 0, 0]) + bytes([2, 0, 2, 33])
    metres = bytes([3, 0, 4, 2]) + band + bytes([3, 0, 3, 2]) + band[:96] + bytes([3, 0, 4, 2])
    return [head + programs + band, head + programs + metres + band, head + bytes([4, 1, 9, 9]) + band, head, b""]


def song_of(data: bytes) -> bytes:
    """A type 1 file of one track: two bytes say the ticks a quarter note, then four each are kind, wait and values."""
    ticks = int.from_bytes(data[:2], "big") & 0x7FFF
    events = bytearray()
    for start in range(2, len(data) - EVENT_BYTES + 1, EVENT_BYTES):
        kind, wait, first, second = data[start : start + EVENT_BYTES]
        names = list(_EVENTS)
        events += _varint(wait * (FAR_TICKS if kind & 0x80 else 1)) + _EVENTS[names[(kind & 0x7F) % len(names)]](
            first, second
        )
    track = bytes(events) + b"\0\xff\x2f\0"
    head = b"MThd" + (6).to_bytes(4, "big") + b"\0\1\0\1" + ticks.to_bytes(2, "big")
    return head + b"MTrk" + len(track).to_bytes(4, "big") + track


def _varint(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def _on_channel(status: int, channel: int, *values: int) -> bytes:
    return bytes([status | channel % _CHANNELS, *(value & 0x7F for value in values)])


_EVENTS: Mapping[str, Event] = {
    "note on": lambda channel, pitch: _on_channel(0x90, channel, pitch, 90),
    "note off": lambda channel, pitch: _on_channel(0x80, channel, pitch, 0),
    "program": lambda channel, program: _on_channel(0xC0, channel, program),
    "metre": lambda numerator, power: bytes([0xFF, 0x58, 4, numerator, power, 24, 8]),
    "tempo": lambda high, low: bytes([0xFF, 0x51, 3, high, low, 0]),
    "silent note": lambda channel, pitch: _on_channel(0x90, channel, pitch, 0),
}
