"""JACK's own MIDI clock generator as the drum machine: what it sends, we follow."""

from __future__ import annotations

import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

import pytest
import rtmidi

from bridge.clock import now
from bridge.clocks.midi_clock import PULSE, MidiClock
from bridge.clocks.song import Change, Song
from bridge.midi.midi_in import open_midi_in

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


@pytest.fixture
def jack(monkeypatch: pytest.MonkeyPatch, jack_server: str) -> str:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", jack_server)
    return jack_server


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
