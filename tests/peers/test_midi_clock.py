"""JACK's own MIDI clock generator as the drum machine: what it sends, we follow, and so does a whole bridge."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import rtmidi

from bridge.clock import now
from bridge.clocks.midi_clock import PULSE, MidiClock
from bridge.clocks.song import Change, Song
from bridge.doors.client import BridgeClient
from bridge.midi.midi_in import open_midi_in
from tests.peers.bridge_process import serve
from tests.peers.steady_jack import steady_jack

_TOOLS = ("jack_midi_clock", "jack_transport", "jack_lsp")
pytestmark = [
    pytest.mark.skipif(
        not all(shutil.which(tool) for tool in _TOOLS),
        reason=f"no JACK clock: {', '.join(_TOOLS)} are not all installed "
        "(Debian: apt install jack-midi-clock jack-example-tools)",
    ),
    pytest.mark.skipif(
        rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api(), reason="this python-rtmidi was built without JACK"
    ),
]

TEMPO = 133.7


class Lost(Exception):
    """JACK's dummy server, without real-time priority, loses a message now and then, also the one that stops."""


@dataclass
class Follower:
    """A MIDI clock, and what it said to each message."""

    clock: MidiClock = field(default_factory=lambda: MidiClock(90.0))
    changes: list[Change] = field(default_factory=list)
    pulses: list[float] = field(default_factory=list)  # arrivals

    def hear(self, message: Sequence[int], at: float) -> None:
        if message[0] == PULSE:
            self.pulses.append(at)
        self.changes.append(self.clock.hear(message, at))

    def wait_until(self, condition: Callable[[Follower], bool]) -> None:
        end = now() + 6.0
        while not condition(self):
            if now() >= end:
                raise Lost(f"{len(self.pulses)} pulses came, and {sorted(change.name for change in set(self.changes))}")
            time.sleep(0.01)


@contextmanager
def jack_midi_clock(port: str, jitter_percent: int) -> Iterator[None]:
    """JACK's clock generator, sending to `port` what JACK's transport does."""
    options = ["-B", "-b", str(TEMPO), "-J", str(jitter_percent), "-P"]
    generator = subprocess.Popen(
        ["jack_midi_clock", *options, port], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        generator.terminate()
        try:
            generator.wait(3)
        except subprocess.TimeoutExpired:  # a client of a JACK server that does not answer
            generator.kill()
            generator.wait()


def transport(*commands: str) -> None:
    """JACK's transport: play, stop, locate <frame>."""
    lines = "\n".join((*commands, "quit", ""))
    subprocess.run(["jack_transport"], input=lines, text=True, capture_output=True, check=True, timeout=10)


@pytest.fixture(scope="module")
def jack() -> Iterator[str]:
    with steady_jack() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("JACK_DEFAULT_SERVER", server)
        yield server


@dataclass(frozen=True)
class Performance:
    """The song in the middle of a performance that JACK's transport started and stopped, and all that was said."""

    song: Song
    beat: float
    beats_sent: float
    intervals: list[float]  # seconds between the pulses of the last two beats, as they arrived
    changes: list[Change]

    @property
    def is_steady(self) -> bool:
        """Whether JACK sent what it was asked for; without real-time priority, on a busy machine, it does not."""
        sent = 60 / 24 / fmean(self.intervals)
        return sent == pytest.approx(TEMPO, rel=0.01) and max(self.intervals) < 1.5 * 60 / 24 / TEMPO


def perform(jitter_percent: int) -> Performance:
    follower, name = Follower(), f"Clock-{uuid.uuid4().hex[:6]}"
    port = open_midi_in("jack", None, name, follower.hear)
    transport("stop", "locate 0")
    with closing(port), jack_midi_clock(f"{name}:{name}", jitter_percent):
        time.sleep(0.5)
        transport("play")
        follower.wait_until(lambda f: len(f.pulses) > 150)
        song, pulses, at = follower.clock.song(now()), list(follower.pulses), now()
        transport("stop")
        follower.wait_until(lambda f: Change.STOPPED in f.changes)
    intervals = [later - earlier for earlier, later in pairwise(pulses[-49:])]
    return Performance(song, song.beat_at(at), len(pulses) / 24, intervals, follower.changes)


ATTEMPTS = 4


def performances(jitter_percent: int) -> Iterator[Performance]:
    """Those of ATTEMPTS of which no message was lost. Skips if there is none."""
    lost: list[str] = []
    for _ in range(ATTEMPTS):
        try:
            yield perform(jitter_percent)
        except Lost as problem:
            lost.append(str(problem))
    if len(lost) == ATTEMPTS:
        pytest.skip(f"nothing to conclude: JACK lost messages each time: {lost}")


@pytest.mark.usefixtures("jack")
@pytest.mark.parametrize("jitter_percent", [0, 10])
def test_jacks_clock_starts_the_song_and_stops_it(jitter_percent: int) -> None:
    problem: AssertionError | None = None
    for performance in performances(jitter_percent):
        try:
            check_start_and_stop(performance)
        except AssertionError as found:
            problem = found
        else:
            return
    assert problem is not None
    raise problem


def check_start_and_stop(performance: Performance) -> None:
    assert performance.song.playing
    # A JACK server without real-time priority loses or repeats a period's pulse now and then.
    assert performance.beat == pytest.approx(performance.beats_sent, abs=0.3)
    assert performance.changes.count(Change.STARTED) == performance.changes.count(Change.STOPPED) == 1
    assert Change.LOCATED not in performance.changes


@pytest.mark.usefixtures("jack")
def test_jacks_clock_gives_the_song_its_tempo() -> None:
    steady = next((performance for performance in performances(10) if performance.is_steady), None)
    if steady is None:
        pytest.skip("nothing to conclude: JACK did not send pulses as it was asked to")
    assert steady.song.tempo == pytest.approx(TEMPO, rel=0.02)


def status_of(client: BridgeClient) -> dict[str, Any]:
    (answer,) = client.request("/mai/status")
    told: dict[str, Any] = json.loads(str(answer.arguments[1]))
    return told


def status_when(client: BridgeClient, is_there: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    end = now() + 6.0
    while not is_there(status := status_of(client)):
        if now() >= end:
            raise Lost(str(status["clock"]))
        time.sleep(0.05)
    return status


def lead_a_bridge(model: Path, library: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """A bridge on the clock midi, which JACK's transport starts and stops: its status in play and after."""
    transport("stop", "locate 0")
    with serve(model, library, midi_api="jack") as bridge, BridgeClient(bridge.address) as client:
        client.request("/mai/set", "clock", "midi")
        with jack_midi_clock("MAIsynthesizer clock:MAIsynthesizer clock", jitter_percent=0):
            time.sleep(0.5)
            client.request("/mai/stream/start")
            transport("play")
            status_when(client, lambda status: bool(status["clock"]["playing"]))
            # A bar and a half: time for the tempo to settle and for bars to be due.
            playing = status_when(client, lambda status: status["beat"] > 6.0)
            transport("stop")
            return playing, status_when(client, lambda status: not status["clock"]["playing"])


@pytest.mark.usefixtures("jack")
def test_a_bridge_streams_in_the_tempo_of_jacks_clock_and_stops_with_it(tiny_model: Path, tmp_path: Path) -> None:
    lost: list[str] = []
    for attempt in range(ATTEMPTS):
        try:
            playing, stopped = lead_a_bridge(tiny_model, tmp_path / f"{attempt}.sqlite")
        except Lost as problem:
            lost.append(str(problem))
            continue
        assert playing["clock"]["source"] == "midi"
        assert playing["stream"]["sent"] >= 2
        assert stopped["beat"] >= 6.0
        assert playing["clock"]["bpm"] == pytest.approx(TEMPO, rel=0.02)
        return
    pytest.skip(f"nothing to conclude: JACK lost messages each time: {lost}")
