"""Other players of MIDI in Python, each in a process of its own: python -m benchmarks.rival_players NAME SECONDS LOG

Each plays five notes at once every sixteenth at 140 bpm, as its documentation shows, to a JACK port of its own, and
writes down when each message left. Beside them the floor: a process that has nothing else to do.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mido
import rtmidi

from benchmarks.midi_log import write_log
from bridge.clock import now
from bridge.midi.real_time import become_real_time

BPM = 140.0
CHANNELS = range(5)
PITCH, VELOCITY = 60, 100
EVERY_BEATS, HELD_BEATS = 0.25, 0.125
LOOKS_BEFORE_SECONDS = 0.002
PORT = "rival"


class WatchedPort:
    """A JACK port, and when each message was sent on it."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, Sequence[int]]] = []
        self._out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=PORT)
        self._out.open_virtual_port(PORT)

    def send(self, message: mido.Message) -> None:
        content = message.bytes()
        self.sent.append((now(), content))
        self._out.send_message(content)

    def all(self, kind: str) -> None:
        """A note-on or note-off on every channel."""
        for channel in CHANNELS:
            self.send(mido.Message(kind, channel=channel, note=PITCH, velocity=VELOCITY))


def play_by_mido(port: WatchedPort, seconds: float) -> None:
    """mido.MidiFile.play waits before each message."""
    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    file.tracks.append(track)
    track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(BPM)))
    for _ in range(round(seconds * BPM / 60.0 / EVERY_BEATS)):
        for kind in ("note_on", "note_off"):
            for channel in CHANNELS:
                wait = 0 if channel else round(HELD_BEATS * 480)
                track.append(mido.Message(kind, channel=channel, note=PITCH, velocity=VELOCITY, time=wait))
    for message in file.play():
        port.send(message)


def play_by_aalink(port: WatchedPort, seconds: float) -> None:
    """aalink wakes a coroutine at each division of Ableton Link's beat."""
    aalink: Any = importlib.import_module("aalink")

    async def play() -> None:
        link = aalink.Link(BPM)
        link.enabled = True
        end = now() + seconds
        while now() < end:
            await link.sync(HELD_BEATS)
            port.all("note_on")
            await link.sync(HELD_BEATS)
            port.all("note_off")

    asyncio.run(play())


def play_by_isobar(port: WatchedPort, seconds: float) -> None:
    """isobar's timeline, with a track for each channel."""
    isobar: Any = importlib.import_module("isobar")

    class Device(isobar.OutputDevice):  # type: ignore[misc]  # isobar has no types
        def note_on(self, note: int = 60, velocity: int = 64, channel: int = 0) -> None:
            port.send(mido.Message("note_on", channel=channel, note=int(note), velocity=int(velocity)))

        def note_off(self, note: int = 60, channel: int = 0) -> None:
            port.send(mido.Message("note_off", channel=channel, note=int(note)))

    timeline = isobar.Timeline(BPM, output_device=Device())
    for channel in CHANNELS:
        event = {"note": PITCH, "amplitude": VELOCITY, "channel": channel, "duration": EVERY_BEATS, "gate": 0.5}
        timeline.schedule(event)
    threading.Timer(seconds, timeline.stop).start()
    timeline.run()


def play_with_nothing_else_to_do(port: WatchedPort, seconds: float) -> None:
    """Real-time priority where the system allows it, and from 2 ms before each time on only the clock to look at."""
    become_real_time()
    step = HELD_BEATS * 60.0 / BPM
    begin = now() + step
    for number in range(round(seconds / step)):
        due = begin + number * step
        time.sleep(max(0.0, due - now() - LOOKS_BEFORE_SECONDS))
        while now() < due:
            pass
        port.all("note_off" if number % 2 else "note_on")


RIVALS: dict[str, Callable[[WatchedPort, float], None]] = {
    "isobar": play_by_isobar,
    "aalink": play_by_aalink,
    "mido": play_by_mido,
}
FLOOR = "floor"
PLAYERS = {**RIVALS, FLOOR: play_with_nothing_else_to_do}


def is_installed(name: str) -> bool:
    """Whether this rival can be imported."""
    return importlib.util.find_spec(name) is not None


def main(name: str, seconds: float, log: Path, wait: Callable[[], Any] = sys.stdin.readline) -> int:
    """Opens the port, waits for a line, plays, writes the log."""
    port = WatchedPort()
    wait()
    PLAYERS[name](port, seconds)
    write_log(log, port.sent)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])))
