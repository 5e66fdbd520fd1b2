"""A bridge that writes down when each MIDI message left it: python -m benchmarks.watched_bridge LOG serve ...

The log begins with the song's reference, as a message of no bytes for each number: see read_watched.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.midi_log import LoggedMessage, read_log, write_log
from bridge.__main__ import main as bridge_main
from bridge.clock import now
from bridge.clocks.transport import BeatReference
from bridge.midi.player import Player
from bridge.midi.rtmidi_client import RtMidiClient


@dataclass(frozen=True, slots=True)
class Watched:
    """What a bridge sent, and the song that it played to."""

    song: BeatReference
    sent: list[LoggedMessage]


def main(log: Path, arguments: Sequence[str]) -> int:
    """Runs `maisynth` with these arguments."""
    sent: list[tuple[float, Sequence[int]]] = []
    song = [BeatReference(0.0, 1.0, 0.0)]
    send, set_song = RtMidiClient.send, Player.set_song

    def watched_send(self: RtMidiClient, message: Sequence[int]) -> None:
        sent.append((now(), message))
        send(self, message)

    def watched_song(self: Player, reference: BeatReference) -> None:
        song[0] = reference
        set_song(self, reference)

    RtMidiClient.send = watched_send  # type: ignore[method-assign]
    Player.set_song = watched_song  # type: ignore[method-assign]
    status = bridge_main(arguments)
    numbers = (song[0].beat, song[0].seconds_per_beat, song[0].at)
    write_log(log, [*((number, ()) for number in numbers), *sent])
    return status


def read_watched(log: Path) -> Watched:
    """What main wrote."""
    beat, seconds_per_beat, at, *sent = read_log(log)
    return Watched(BeatReference(beat.at, seconds_per_beat.at, at.at), sent)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
