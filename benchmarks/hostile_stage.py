"""A bridge that streams a phrase while another process floods it, and everything that is counted meanwhile."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.hostile_clients import Asking, Musician
from benchmarks.hostile_evening import HostileEvening, Sample
from benchmarks.hostile_flood import Sent, waiting
from benchmarks.jack_loop import Ear, midi_ear
from bridge.clock import now
from bridge.doors.client import BridgeClient
from bridge.logs.places import log_file
from bridge.midi.band_midi import VIRTUAL_PORT_NAME
from tests.peers.bridge_process import RunningBridge, serve
from tests.peers.stall_log import StallLog
from tests.peers.streamed_bars import StreamListener

TEMPO = 240.0  # a bar a second
SEED = 42
LOOK_SECONDS = 1.0  # from sample to sample
SETTLE_SECONDS = 2.0  # of playing, before the memory is measured
LAST_NOTES_SECONDS = 0.2  # on their way through JACK, a period or two, to who listens
KIB_A_MIB = 1024


def hostile_evening(model: Path, datagrams: int, seed: int, midi_api: str) -> HostileEvening:
    """Plays, floods, counts. With `midi_api` jack, JACK_DEFAULT_SERVER names the server."""
    with ExitStack() as stage:
        folder = Path(stage.enter_context(tempfile.TemporaryDirectory()))
        library = folder / "latents.sqlite"
        stalls = stage.enter_context(StallLog())
        bridge = stage.enter_context(serve(model, library, midi_api))
        screen = threading.Thread(target=bridge.process.stdout.read, daemon=True)  # type: ignore[union-attr]
        screen.start()  # or else what it says fills the pipe, and it waits
        musician = Musician(stage.enter_context(BridgeClient(bridge.address)))
        ear: Ear | None = None
        with ExitStack() as listening:
            musician.ask("/mai/set", "output", "osc")
            musician.ask("/mai/set", "tempo", TEMPO)
            musician.ask("/mai/generate", SEED)
            musician.ask("/mai/set", "output", "both")
            if midi_api != "none":
                ear = listening.enter_context(midi_ear(VIRTUAL_PORT_NAME))
            with StreamListener(bridge.address, _seconds_ahead(musician)) as listener:
                listener.listen(SETTLE_SECONDS)
                samples, begin = [_sample(bridge, 0)], now()
                stalls.forget()
                with Asking(bridge) as asking:
                    for sent in _flood(bridge.port, datagrams, seed):
                        if now() - begin > LOOK_SECONDS * len(samples) or sent.datagrams == datagrams:
                            samples.append(_sample(bridge, sent.datagrams))
                seconds = now() - begin
                status = musician.status()
                at_port = waiting(bridge.port)
                listener.listen(SETTLE_SECONDS)
                samples.append(_sample(bridge, sent.datagrams))
            musician.ask("/mai/panic")
            time.sleep(LAST_NOTES_SECONDS)
            status["midi"] = musician.status()["midi"]
        exit_status = bridge.stop()
        failures = [line for line in _log(library) if '"level": "error"' in line]
        return HostileEvening(
            sent, seconds, None if at_port is None else at_port.lost, samples, asking.pings, status, listener.bars,
            listener.torn, 4.0, None if ear is None else ear.heard, failures + musician.silences, exit_status,
            stalls.seconds,
        )  # fmt: skip


def _log(library: Path) -> Iterator[str]:
    """The lines of the bridge's log, also of older files of it."""
    for file in log_file(library).parent.iterdir():
        yield from file.read_text(errors="replace").splitlines()


def _flood(port: int, datagrams: int, seed: int) -> Iterator[Sent]:
    command = [sys.executable, "-m", "benchmarks.hostile_flood", str(port), str(datagrams), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as flooding:
        assert flooding.stdout is not None
        for line in flooding.stdout:
            yield Sent(**json.loads(line))
    if flooding.returncode:
        raise SystemExit(f"the flood ended with {flooding.returncode}: run it again")


def _seconds_ahead(musician: Musician) -> Callable[[float], tuple[float, bool]]:
    """From a song position to the seconds until it, by the internal clock as the bridge tells it; nothing forgiven."""
    asked = now()
    beat = float(musician.status()["beat"])
    return lambda wanted: ((wanted - beat) * 60.0 / TEMPO - (now() - asked), False)


def _sample(bridge: RunningBridge, datagrams: int) -> Sample:
    process = Path(f"/proc/{bridge.process.pid}")
    try:
        lines = (process / "status").read_text().splitlines()
        told = {name: text.split()[0] for name, _, text in (line.partition(":") for line in lines) if text.strip()}
        files = len(list((process / "fd").iterdir()))
        return Sample(datagrams, int(told["VmRSS"]) / KIB_A_MIB, int(told["Threads"]), files)
    except OSError:  # a system that does not tell, or a bridge that has ended
        return Sample(datagrams, math.nan, 0, 0)
