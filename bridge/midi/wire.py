"""What has really gone out of the ports: the last word on which notes sound, whatever the schedule believes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.midi.midi_ports import MidiMessage, MidiOut, note_off, note_on
from bridge.midi.notes import NoteEvent

Key = tuple[int, int, int]  # port, channel, pitch


class Wire:
    """Sends on the ports and remembers what sounds there. One thread uses it; others may read its counters.

    Nothing raises here: a port that fails costs its own messages, and is counted. A note-off that a port refused is
    owed: it goes out before anything else when the port takes messages again.
    """

    def __init__(self, outs: Sequence[MidiOut]) -> None:
        self.notes_on = 0  # that reached their port
        self.notes_off = 0
        self.refused_on = 0
        self.errors = 0  # messages of any kind that a port refused
        self.last_error: str | None = None
        self._outs = dict(enumerate(outs))
        self._sounding: dict[Key, None] = {}
        self._owed: dict[Key, None] = {}

    def send(self, events: Iterable[NoteEvent]) -> None:
        """Sends note-ons and note-offs in their order."""
        for event in events:
            key = (event.port, event.channel, event.pitch)
            if event.velocity:
                self._begin(key, event.velocity)
            elif key in self._sounding:  # or else its note-on was refused
                self._end(key)

    def send_message(self, port: int, message: MidiMessage) -> bool:
        """Sends any message; False where the port does not take it, or does not exist."""
        try:
            if port not in self._outs:
                raise OSError(f"there is no MIDI port {port}, there are {len(self._outs)}")
            self._outs[port].send(message)
        except Exception as error:  # OSError by the protocol; but a note-off that is lost otherwise would be lost too
            self.errors += 1
            self.last_error = str(error)
            return False
        return True

    def silence(self) -> None:
        """A note-off for everything that sounds, also where a port has refused one before."""
        for key in [*self._owed, *self._sounding]:
            self._end(key)

    def close(self) -> None:
        """Silence, then every port is closed."""
        self.silence()
        for out in self._outs.values():
            try:
                out.close()
            except Exception as error:  # the others have to be closed
                self.last_error = str(error)

    def _begin(self, key: Key, velocity: int) -> None:
        port, channel, pitch = key
        self._pay(port)
        if self.send_message(port, note_on(channel, pitch, velocity)):
            self._sounding[key] = None
            self.notes_on += 1
        else:
            self.refused_on += 1

    def _end(self, key: Key) -> bool:
        port, channel, pitch = key
        self._sounding.pop(key, None)
        if not self.send_message(port, note_off(channel, pitch)):
            self._owed[key] = None
            return False
        self._owed.pop(key, None)
        self.notes_off += 1
        return True

    def _pay(self, port: int) -> None:
        """Sends the note-offs that a port is owed, until it refuses one."""
        for key in [key for key in self._owed if key[0] == port]:
            if not self._end(key):
                return
