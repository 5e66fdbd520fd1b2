"""A listener at a JACK MIDI port, in a process of its own: python -m benchmarks.midi_ear PORT LOG

It says "ready" when it is connected, and writes what it heard when its standard input is closed.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import rtmidi

from benchmarks.midi_log import write_log
from bridge.clock import now
from bridge.engine.interpreter import without_old_rubbish

_FOUND_WITHIN_SECONDS = 10.0


def main(port: str, log: Path) -> int:
    """Listens to the first port whose name contains `port`."""
    heard: list[tuple[float, list[int]]] = []
    ear = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="ear")
    ear.set_callback(lambda event, _: heard.append((now(), event[0])))
    end = now() + _FOUND_WITHIN_SECONDS
    while not (found := [number for number, name in enumerate(ear.get_ports()) if port in name]):
        if now() > end:
            print(f"JACK has no MIDI port with {port!r} in its name, it has: {ear.get_ports()}", file=sys.stderr)
            return 1
        time.sleep(0.05)
    with without_old_rubbish():
        ear.open_port(found[0], "input")
        print("ready", flush=True)
        sys.stdin.read()
        write_log(log, tuple(heard))
    return 0


if __name__ == "__main__":
    # Without a word to RtMidi: closing a port of JACK while something comes in has corrupted the process's memory.
    status = main(sys.argv[1], Path(sys.argv[2]))
    sys.stderr.flush()
    os._exit(status)
