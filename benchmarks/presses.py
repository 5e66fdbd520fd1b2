"""Presses of the button, as a client in another process makes and times them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.midi_log import LoggedMessage
from bridge.clock import now
from bridge.doors.client import BridgeClient, bar_notes, read_answer
from bridge.protocol.osc_packet import OscMessage

PAUSE_SECONDS = 0.02  # between requests: a musician's presses are not back to back
_FIRST_ID = 1_000_000  # above the numbers that BridgeClient gives by itself
_DONE = b"/mai/done\0"
_ANSWERED_WITHIN = 5.0
_HEARD_WITHIN = 0.5


class NotAnswered(RuntimeError):
    """The bridge did not say done to a press."""


@dataclass(frozen=True, slots=True)
class Press:
    """One press: when it was sent, in clock seconds, and how many seconds later all tracks of bar 0 and done came."""

    at: float
    first_bar: float
    phrase: float
    begins_at_once: bool  # a note stands on the phrase's first beat


@dataclass
class Presses:
    """Seconds of many presses; an echo of an empty request beside each."""

    echo: list[float] = field(default_factory=list)
    made: list[Press] = field(default_factory=list)

    @property
    def first_bar(self) -> list[float]:
        return [press.first_bar for press in self.made]

    @property
    def phrase(self) -> list[float]:
        return [press.phrase for press in self.made]


def press_often(client: BridgeClient, triggers: int, seeded: bool, tracks: int) -> Presses:
    """`seeded`: each press names a seed that was never heard; otherwise it leaves the choice to the bridge."""
    presses = Presses()
    for number in range(triggers):
        time.sleep(PAUSE_SECONDS)
        begin = now()
        client.request("/mai/ping")
        presses.echo.append(now() - begin)
        time.sleep(PAUSE_SECONDS)
        presses.made.append(_press(client, number, seeded, tracks))
    return presses


def press_for_midi(client: BridgeClient, triggers: int, tracks: int) -> list[Press]:
    """The same without a seed, each from silence."""
    made = []
    for number in range(triggers):
        time.sleep(PAUSE_SECONDS)
        client.request("/mai/panic")
        time.sleep(PAUSE_SECONDS)
        made.append(_press(client, number, seeded=False, tracks=tracks))
    client.request("/mai/panic")
    return made


def first_notes(presses: Sequence[Press], heard: Sequence[LoggedMessage]) -> list[float]:
    """Seconds from each press whose phrase begins with a note to the first note-on that was heard."""
    times = [one.at for one in heard if one.is_note_on]
    found = []
    place = 0
    for press in presses:
        while place < len(times) and times[place] < press.at:
            place += 1
        if press.begins_at_once and place < len(times) and times[place] - press.at < _HEARD_WITHIN:
            found.append(times[place] - press.at)
    return found


def delays(sent: Sequence[tuple[float, int]], heard: Sequence[LoggedMessage]) -> list[float]:
    """Seconds from each note, by its time and pitch, to hearing it; what was not heard is left out."""
    coming = iter(sent)
    found = []
    for one in heard:
        at = next((at for at, pitch in coming if pitch == one.message[1]), None)
        if at is not None:
            found.append(one.at - at)
    return found


def _press(client: BridgeClient, number: int, seeded: bool, tracks: int) -> Press:
    request = _FIRST_ID + number
    came: list[tuple[float, bytes]] = []
    begin = now()
    client.send("/mai/generate", request, *([number] if seeded else []))
    for datagram in client.receive_datagrams(_ANSWERED_WITHIN):
        came.append((now() - begin, datagram))
        if datagram.startswith(_DONE) and read_answer(datagram).arguments[0] == request:  # the rest is read later
            return _read(begin, came, request, tracks)
    raise NotAnswered(f"press {number} was not answered within {_ANSWERED_WITHIN:g} s: is the bridge running?")


def _read(begin: float, came: Sequence[tuple[float, bytes]], request: int, tracks: int) -> Press:
    first_bar, begins_at_once = 0.0, False
    for seconds, datagram in came:
        message = read_answer(datagram)
        if message.address == "/mai/bar" and message.arguments[:2] == (request, 0):
            begins_at_once |= any(note.start < 1e-6 for note in bar_notes(message)[2])
            if _ends_the_bar(message, tracks):
                first_bar = seconds
    return Press(begin, first_bar, came[-1][0], begins_at_once)


def _ends_the_bar(message: OscMessage, tracks: int) -> bool:
    _, _, track, part, parts = message.arguments[:5]
    return track == tracks - 1 and int(part) + 1 == parts
