"""The band's way to the MIDI ports: bars of the stream in song beats, and auditions that follow no song."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from bridge.clocks.song import Song
from bridge.clocks.transport import BeatReference, start_song
from bridge.midi.notes import BarKey, BeatNote, Fallback, Place, TimedNote
from bridge.midi.routing import Route
from bridge.pianoroll import Note

Bar = Sequence[Sequence[Note]]  # a list of notes a track, in beats from the bar's start

REPEATED_BARS = 2  # how often a bar is played again while nothing comes


class PlaysNotes(Protocol):
    """What is needed of a player (bridge.midi.player.Player)."""

    def play(self, notes: Sequence[TimedNote]) -> None: ...

    def play_bar(self, key: BarKey, notes: Sequence[BeatNote], fallback: Fallback | None = None) -> None: ...

    def set_song(self, reference: BeatReference) -> None: ...

    def drop(self, keys: Collection[BarKey] | None = None, ring: bool = False) -> None: ...

    def mute(self, places: Collection[Place]) -> None: ...

    def silence(self) -> None: ...


class BandOut:
    """One thread uses it. `routes` are the tracks'; `ports[i]` is the player's number of route i's port."""

    def __init__(self, player: PlaysNotes, routes: Sequence[Route], ports: Sequence[int]) -> None:
        self.player = player
        self.use(routes, ports)
        self._audition: BeatReference | None = None

    def use(self, routes: Sequence[Route], ports: Sequence[int], muted: Collection[int] = ()) -> None:
        """Other tracks, or others ways for them."""
        self._routes, self._ports = tuple(routes), tuple(ports)
        self.mute(muted)

    def mute(self, tracks: Collection[int]) -> None:
        """These tracks are silent, at once, and no others. Tracks that share a port's channel are muted together."""
        self.player.mute([(self._ports[track], self._routes[track].channel) for track in tracks])

    def follow(self, song: Song) -> None:
        """The song goes like this from now on."""
        self.player.set_song(song.reference)

    def bar(self, start: float, notes: Bar, bar_beats: float) -> None:
        """A bar of the song, whole, in place of one that was given for the same `start`.

        Should the next bars not come in time, this one is played again in their place.
        """
        placed = [
            BeatNote(start + note.start, start + note.start + note.duration, channel, note.pitch, note.velocity, port)
            for channel, port, note in self._placed(notes)
        ]
        # Without what is tied over the bar line: in a repetition it would meet its own beginning.
        again = tuple(note for note in placed if note.off <= start + bar_beats + 1e-6)
        keys = tuple(start + bar_beats * (later + 1) for later in range(REPEATED_BARS))
        self.player.play_bar(start, placed, Fallback(keys, bar_beats, again))

    def drop(self, starts: Collection[float]) -> None:
        """The bars that were to begin at these beats are forgotten, and with them what would repeat the last one."""
        self.player.drop(starts, ring=True)

    def begin_audition(self, tempo: float, now: float) -> None:
        """Notes that follow no song, from `now` on; those that sound end."""
        self.player.silence()
        self._audition = start_song(tempo, now)

    def audition(self, start: float, notes: Bar) -> None:
        """A bar of the audition, `start` beats after it began."""
        assert self._audition is not None, "begin_audition first"
        at = self._audition.time_of
        self.player.play(
            [
                TimedNote(
                    at(start + note.start),
                    at(start + note.start + note.duration),
                    channel,
                    note.pitch,
                    note.velocity,
                    port,
                )
                for channel, port, note in self._placed(notes)
            ]
        )

    def silence(self) -> None:
        """Every sounding note ends, and what waits is dropped."""
        self.player.silence()

    def _placed(self, notes: Bar) -> list[tuple[int, int, Note]]:
        """With each note its channel and port."""
        ways = zip(self._routes, self._ports, notes, strict=True)
        return [(route.channel, port, note) for route, port, track in ways for note in track]
