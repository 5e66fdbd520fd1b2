"""What a soak hears: a MIDI port that counts, and the stream's own word on which note belongs where."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import mido

from bridge.doors.client import bar_notes
from bridge.protocol.osc_packet import OscMessage

Key = tuple[int, int]  # channel, pitch

REMEMBERED_BEATS = 4.0


class CountingPort:
    """A MIDI port that keeps no message, only what sounds and what is wrong. It tells each note-on to `heard`."""

    name = "counting"

    def __init__(self, heard: Callable[[Key], None]) -> None:
        self._heard = heard
        self.sounding: set[Key] = set()
        self.ons = self.offs = 0
        self.wrong: list[str] = []  # on that sounds already, off that does not
        self.closed = False

    def send(self, message: mido.Message) -> None:
        assert not self.closed, "sent after close"
        key = (message.channel, message.note)
        if message.type == "note_on" and message.velocity:
            self.ons += 1
            if key in self.sounding:
                self.wrong.append(f"note-on {self.ons} of {key}, which sounds already")
            self.sounding.add(key)
            self._heard(key)
        else:
            self.offs += 1
            if key not in self.sounding:
                self.wrong.append(f"note-off {self.offs} of {key}, which does not sound")
            self.sounding.discard(key)

    def close(self) -> None:
        self.closed = True


class Score:
    """The streamed bars of one lap of the song, by the beats at which they begin, as they were told last."""

    def __init__(self, channels: Sequence[int]) -> None:
        """`channels`: of the tracks, each its own."""
        self._tracks = {channel: track for track, channel in enumerate(channels)}
        self._channels = tuple(channels)
        # By bar and track: the places in the song at which each pitch begins.
        self._places: dict[float, dict[int, dict[int, list[float]]]] = {}
        self._begun: dict[float, set[tuple[Key, float]]] = {}  # by bar: what was heard, and its place

    def clear(self) -> None:
        """Another lap: the song has jumped, or another stream plays to it."""
        self._places.clear()
        self._begun.clear()

    def take(self, message: OscMessage) -> None:
        """A /mai/bar of the stream; its part 0 is in place of what came before."""
        _, track, notes = bar_notes(message)
        part, start = message.arguments[3], float(message.arguments[5])
        tracks = self._places.setdefault(start, {})
        if part == 0:
            tracks[track] = {}
        places = tracks[track]
        for note in notes:
            places.setdefault(note.pitch, []).append(start + note.start)

    def error(self, key: Key, beat: float) -> float | None:
        """By how many beats a note-on at a song position is off the nearest place at which it was to be; None: there is
        none."""
        channel, pitch = key
        track = self._tracks[channel]
        near = [
            (abs(beat - place), start, place)
            for start, tracks in self._places.items()
            for place in tracks.get(track, {}).get(pitch, ())
        ]
        if not near:
            return None
        _, start, place = min(near)
        self._begun.setdefault(start, set()).add((key, place))
        return beat - place

    def is_whole(self, start: float) -> bool:
        """Whether all tracks of the bar have come."""
        return len(self._places.get(start, ())) == len(self._channels)

    def unheard(self, start: float) -> int:
        """Notes of a bar that were not heard. The bar is over: those from long before are forgotten."""
        told = {
            ((self._channels[track], pitch), place)
            for track, pitches in self._places.get(start, {}).items()
            for pitch, places in pitches.items()
            for place in places
        }
        missing = len(told - self._begun.get(start, set()))
        for old in [old for old in self._places if old < start - REMEMBERED_BEATS]:
            del self._places[old]
            self._begun.pop(old, None)
        return missing
