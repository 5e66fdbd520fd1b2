"""One bridge after the other on the same library and the same MIDI port, each killed in the midst of its work."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from benchmarks.kills_figures import Kills
from benchmarks.kills_latents import Change, Latents, left_in, missing, next_change
from benchmarks.start import BRIDGE, ROOT, launch_in
from bridge.clock import now
from bridge.doors.address import Address
from bridge.doors.client import BridgeClient, BridgeError, NoAnswer
from tests.peers.jack_ear import Ear, Event, held

LONGEST_LIFE = 0.8  # seconds from the first change to the kill
SHARE_OF_EARLY_KILLS = 0.15  # while the bridge starts
LONGEST_START = 1.5  # seconds, of those
SILENT_WITHIN = 1.0  # seconds from the first answer after a restart
TEMPO = 60.0
SOURCES = tuple(f"source {number}" for number in range(4))  # pieces that are played and saved under other names
_CHANGES_A_PIECE = 8  # then another is played
_START_SECONDS, _PATIENT_SECONDS, _IMPATIENT_SECONDS = 60.0, 20.0, 1.0


class Lives:
    """The lives of one library in `folder`. `ear`: who listens at the MIDI port all the while; None: nobody."""

    def __init__(self, model: Path, folder: Path, seed: int, ear: Ear | None) -> None:
        self.kills = Kills()
        self.library = folder / "latents.sqlite"
        midi = ("--midi-api", "none") if ear is None else ("--midi-api", "jack", "--midi-port", ear.port)
        launch = launch_in(folder)
        options = ("--model", str(model), "--provider", "cpu", "--no-http", *midi)
        environment = {**launch.environment, "XDG_RUNTIME_DIR": str(folder)}  # no other bridge's notes are looked at
        self._launch = replace(launch, options=(*launch.options, *options), environment=environment)
        self._ear, self._dice = ear, random.Random(seed)
        self._latents: Latents = {}  # as acknowledged
        self._in_doubt: Change | None = None  # asked for, and not answered
        self._changes = 0
        self._stuck: set[Event] = set()

    def begin(self) -> None:
        """A first life that ends well, after which the library is known."""
        with self._bridge() as (bridge, client):
            for number, name in enumerate(SOURCES):
                client.request("/mai/generate", number)
                client.request("/mai/latent/save", name)
            client.request("/mai/set", "tempo", TEMPO)
            _stop(bridge)
        self._latents = left_in(self.library).latents

    def kill_one(self) -> None:
        """A life, a kill, and a look at what it left."""
        self.kills.kills += 1
        if self._dice.random() < SHARE_OF_EARLY_KILLS:
            self.kills.early += 1
            bridge = self._start()
            time.sleep(self._dice.uniform(0.0, LONGEST_START))
            bridge.kill()
            bridge.wait()
        else:
            with self._bridge() as (bridge, _):
                self._work_until_killed(bridge, self._dice.uniform(0.0, LONGEST_LIFE))
        self._look()

    def end(self) -> None:
        """A last life that is not killed: it lists what is there."""
        with self._bridge() as (bridge, client):
            listed = {str(name) for part in client.request("/mai/latent/list")[:-1] for name in part.arguments[1:]}
            self.kills.missing += sorted(listed ^ self._latents.keys())
            _stop(bridge)

    def _work_until_killed(self, bridge: subprocess.Popen[bytes], seconds: float) -> None:
        killer = threading.Timer(seconds, bridge.kill)
        gone = suppress(NoAnswer, ConnectionRefusedError)
        with BridgeClient(self._launch.address, _PATIENT_SECONDS) as client:
            client.request("/mai/latent/recall", SOURCES[0])  # without a stream, the MIDI port plays it at once
        killer.start()
        with BridgeClient(self._launch.address, _IMPATIENT_SECONDS) as client, gone:
            playing = SOURCES[0]
            while True:
                for _ in range(_CHANGES_A_PIECE):
                    self._change(client, self._latents[playing])
                playing = self._dice.choice(SOURCES)
                client.request("/mai/latent/recall", playing)
        killer.join()
        status = bridge.wait()
        if status != -signal.SIGKILL:
            raise SystemExit(f"the bridge ended by itself, with status {status}")

    def _change(self, client: BridgeClient, playing: bytes) -> None:
        self._changes += 1
        self._in_doubt = change = next_change(self._dice, self._changes, self._latents, playing)
        try:
            client.request(change.address, *change.arguments)
        except BridgeError as refusal:
            self.kills.refused[refusal.code] += 1
        else:
            self._latents = change.after(self._latents)
            self.kills.acknowledged += 1
        self._in_doubt = None

    def _look(self) -> None:
        left = left_in(self.library)
        if left.verdict != "ok":
            self.kills.verdicts.append(left.verdict)
        self.kills.moved_aside += [path.name for path in self.library.parent.glob("*.damaged-*")]
        self.kills.missing += missing(left.latents, self._latents, self._in_doubt)
        if self._in_doubt is not None:
            self.kills.in_doubt += 1
            self.kills.done_in_doubt += left.latents != self._latents
        self._latents, self._in_doubt = left.latents, None

    @contextmanager
    def _bridge(self) -> Iterator[tuple[subprocess.Popen[bytes], BridgeClient]]:
        """A bridge that answers, after which the port has fallen silent or is counted as stuck."""
        sounded = bool(self._sounding())
        begun = now()
        bridge = self._start()
        try:
            _wait_for_pong(self._launch.address, bridge)
            with BridgeClient(self._launch.address, _PATIENT_SECONDS) as client:
                self.kills.slowest_start = max(self.kills.slowest_start, now() - begun)
                self._wait_for_silence(sounded)
                yield bridge, client
        finally:
            bridge.kill()
            bridge.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, *BRIDGE, *self._launch.options]
        return subprocess.Popen(command, cwd=ROOT, env=self._launch.environment, stdout=subprocess.DEVNULL)

    def _wait_for_silence(self, sounded: bool) -> None:
        if self._ear is None or not sounded:
            return
        self.kills.with_notes += 1
        if not self._ear.wait_until(lambda heard: not set(held(heard)) - self._stuck, SILENT_WITHIN):
            self.kills.stuck += 1
            self._stuck |= self._sounding()

    def _sounding(self) -> set[Event]:
        """Notes that are held, but for those of earlier lives that nobody will end."""
        return set() if self._ear is None else set(held(self._ear.heard())) - self._stuck


def _stop(bridge: subprocess.Popen[bytes]) -> None:
    bridge.terminate()
    if status := bridge.wait():
        raise SystemExit(f"the bridge ended with status {status} when it was asked to stop")


def _wait_for_pong(address: Address, bridge: subprocess.Popen[bytes]) -> None:
    end = now() + _START_SECONDS
    with BridgeClient(address, _IMPATIENT_SECONDS) as client:
        while True:
            try:
                client.request("/mai/ping")
                return
            except (NoAnswer, ConnectionRefusedError):
                if bridge.poll() is not None or now() > end:
                    raise SystemExit(f"the bridge did not start after a kill (exit {bridge.poll()})") from None
                time.sleep(0.005)
