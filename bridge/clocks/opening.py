"""Clock sources that something has to be opened for: a MIDI input, an Ableton Link session."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.clocks.link import open_link
from bridge.clocks.midi_clock import MidiClock
from bridge.clocks.song import Change, Song
from bridge.clocks.source import ClockSource
from bridge.midi.midi_in import MidiIn, open_midi_in

CLOCK_PORT_NAME = "MAIsynthesizer clock"


class MidiClockIn:
    """A MIDI clock and the port that it comes from. `changed` is called, in the port's thread, when the song jumps."""

    name = "midi"

    def __init__(self, api: str, port: str | None, tempo: float, changed: Callable[[], None]) -> None:
        """Raises NoMidi."""
        self._clock = MidiClock(tempo)
        self._changed = changed
        self._port: MidiIn = open_midi_in(api, port, CLOCK_PORT_NAME, self._hear)

    def song(self, now: float) -> Song:
        return self._clock.song(now)

    def notice(self, now: float) -> str | None:
        return self._clock.notice(now)

    def close(self) -> None:
        self._port.close()

    def _hear(self, message: Sequence[int], now: float) -> None:
        if self._clock.hear(message, now) is not Change.STEADY:
            self._changed()


def clock_opener(
    midi_api: str, clock_port: str | None, tempo: float, changed: Callable[[], None]
) -> Callable[[str], ClockSource]:
    """What opens the clocks `midi` and `link`. The result raises NoMidi or NoLink."""

    def opened(name: str) -> ClockSource:
        if name == "link":
            return open_link(tempo)
        return MidiClockIn(midi_api, clock_port, tempo, changed)

    return opened
