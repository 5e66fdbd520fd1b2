"""How near its beat a note is played: python -m benchmarks.jitter [--seconds 300]

A bridge streams five tracks at 140 bpm to a JACK port, while a client morphs at 60 Hz, another asks for the status as
fast as it is answered, and a page is open. Each note-on is timed twice: as it is sent, and as a listener at the port
hears it, which is up to one of JACK's periods later. Beside it, in the same run, the floor: a process that has nothing
else to do plays while the bridge is kept as busy; and, with the machine to themselves, other players of MIDI in Python:
mido, and isobar and aalink where they are installed. Errors are from the grid, without the delay that all notes share.
The exit status says whether the bridge's promises are kept.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.bridge_process import bridge_process
from benchmarks.jack_loop import FRAMES_A_SECOND, PERIOD, NoJack, jack_server, midi_ear
from benchmarks.midi_log import read_log
from benchmarks.musicians_load import evening, stream
from benchmarks.note_errors import Grid, Seconds, errors, grid_of, note_ons
from benchmarks.rival_players import BPM, EVERY_BEATS, FLOOR, PORT, RIVALS, is_installed
from benchmarks.watched_bridge import read_watched
from bridge.clock import now
from bridge.midi.band_midi import VIRTUAL_PORT_NAME
from bridge.paths import EMBEDDED_MODEL
from tests.peers.morphing import save_both_ends

PROMISED = (0.5, 1.0, 3.0)  # milliseconds at the port: p99, p99.9, max
_SHARES = (50, 99, 99.9, 100)


@dataclass(frozen=True, slots=True)
class Timing:
    """A player's note-ons: how late each was when it was sent, and when it was heard."""

    player: str
    sent: Seconds
    heard: Seconds

    def rows(self) -> list[str]:
        return [
            f"{name:<34}{len(late):>8}" + "".join(f"{one:>9.3f}" for one in percentiles(late))
            for name, late in ((f"{self.player}, sent", self.sent), (f"{self.player}, heard at the port", self.heard))
        ]


def percentiles(late: Seconds) -> list[float]:
    """Milliseconds: p50, p99, p99.9 and max of the errors."""
    return [float(one) for one in np.percentile(errors(late), _SHARES) * 1e3] if len(late) else [np.nan] * len(_SHARES)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=EMBEDDED_MODEL)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--rivals", nargs="*", choices=list(RIVALS), default=list(RIVALS))
    parser.add_argument("--rival-seconds", type=float, default=60.0)
    parser.add_argument("--period", type=int, default=PERIOD, help="frames (%(default)s)")
    parser.add_argument("--port", type=int, default=7794)
    parser.add_argument("--http-port", type=int, default=7795)
    parser.add_argument("--idle", action="store_true", help="without the clients that morph, ask and look on")
    arguments = parser.parse_args(argv)
    try:
        with jack_server(arguments.period):
            timings = _bridge_and_floor(arguments)
            timings += [_other(name, arguments.rival_seconds) for name in arguments.rivals if is_installed(name)]
    except NoJack as problem:
        print(f"no jitter is measured: {problem}")
        return 1
    period = arguments.period / FRAMES_A_SECOND * 1e3
    print(f"note-ons against the grid, milliseconds (JACK's period: {period:.2f})")
    print(f"{'':<34}{'notes':>8}{'p50':>9}{'p99':>9}{'p99.9':>9}{'max':>9}")
    for timing in timings:
        print("\n".join(timing.rows()))
    for name in (name for name in arguments.rivals if not is_installed(name)):
        print(f"{name}: not installed (pip install -e .[bench])")
    ours = timings[0]
    sent, heard = (float(np.median(late)) * 1e3 for late in (ours.sent, ours.heard))
    print(f"the bridge's notes all share a delay of {sent:.3f} when sent, {heard:.3f} at the port")
    kept = all(measured <= promised for measured, promised in zip(percentiles(ours.heard)[1:], PROMISED, strict=True))
    promised = "p99 {:g}, p99.9 {:g}, max {:g}".format(*PROMISED)
    print(f"promised at the port: {promised}: {'kept' if kept else 'NOT'}")
    return 0 if kept else 1


def _bridge_and_floor(arguments: argparse.Namespace) -> list[Timing]:
    address = ("127.0.0.1", arguments.port)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "sent.txt"
        program = ("benchmarks.watched_bridge", str(log))
        with bridge_process(
            arguments.model, arguments.port, midi_api="jack", http_port=arguments.http_port, program=program
        ) as client:
            steps_a_beat = int(client.request("/mai/hello", "jitter", 0)[0].arguments[6])
            client.request("/mai/bye")
            client.request("/mai/set", "tempo", BPM)
            client.request("/mai/set", "output", "osc")
            save_both_ends(client)
            client.request("/mai/set", "output", "both")
            load = stream(address) if arguments.idle else evening(address, flood=True, http_port=arguments.http_port)
            with midi_ear(f"{VIRTUAL_PORT_NAME}:") as ear:
                began = now()
                with load:
                    time.sleep(arguments.seconds)
                    ended = now()
                    floor = _other(FLOOR, arguments.rival_seconds)
        watched = read_watched(log)
    grid = Grid(watched.song.time_of(0.0), watched.song.seconds_per_beat / steps_a_beat)
    sent, heard = ([one for one in log if began < one.at < ended] for log in (watched.sent, ear.heard))
    return [Timing("the bridge", grid.lateness(note_ons(sent)), grid.lateness(note_ons(heard))), floor]


def _other(name: str, seconds: float) -> Timing:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "sent.txt"
        command = [sys.executable, "-m", "benchmarks.rival_players", name, str(seconds), str(log)]
        player = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
        try:
            with midi_ear(f"{PORT}:") as ear:
                player.communicate("play\n")
        finally:
            player.kill()
        sent = note_ons(read_log(log))
    heard = note_ons(ear.heard)
    step = 60.0 / BPM * EVERY_BEATS
    return Timing(name, grid_of(sent, step).lateness(sent), grid_of(heard, step).lateness(heard))


if __name__ == "__main__":
    sys.exit(main())
