"""JACK's own tools as the listener: what a synthesiser at the bridge's MIDI port would be told."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import pytest
import rtmidi

from bridge.clock import now
from bridge.contract import ModelContract
from bridge.doors.client import BridgeClient, bar_notes
from bridge.protocol.osc_packet import OscMessage
from tests.peers.bridge_process import serve

_TOOLS = ("jack_midi_dump", "jack_connect", "jack_lsp")
pytestmark = [
    pytest.mark.skipif(
        not all(shutil.which(tool) for tool in _TOOLS),
        reason=f"no JACK listener: {', '.join(_TOOLS)} are not all installed (Debian: apt install jack-example-tools)",
    ),
    pytest.mark.skipif(
        rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api(), reason="this python-rtmidi was built without JACK"
    ),
]

Key = tuple[int, int]  # channel 0-15, pitch


class Stalls:
    """Measures, while it runs, for how many seconds this machine kept a sleeping thread from waking."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Stalls:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            slept_from = now()
            time.sleep(_NAP_SECONDS)
            late = now() - slept_from - _NAP_SECONDS
            if late > _STALL_SECONDS:
                self.seconds += late


@dataclass(frozen=True, slots=True)
class Event:
    """A note-on or note-off as the monitor wrote it down; `kind` is "on" or "off"."""

    frame: int  # JACK's clock, 48,000 a second
    kind: str
    key: Key


TEMPO = 240.0  # quarter notes a minute: a bar is a second
BAR_SECONDS = 1.0
WHOLE_BARS = 3
# A JACK server without real-time priority loses or repeats a period's messages now and then.
SHARE_LOST_BY_JACK = 0.05
LAST_FRAMES = 4800  # a tenth of a second: more than the tiny model's longest notes last at this tempo

# A machine that stands still for this long drops notes of 20 ms, wherever they are: then there is nothing to measure.
_STALL_SECONDS = 0.01
_STALLED_TOO_LONG = 0.05
_NAP_SECONDS = 0.002

_DUMPED = re.compile(r"(\d+): .*note (on|off)\s+\(channel\s+(\d+)\): pitch\s+(\d+)")


@contextmanager
def jack_midi_dump(path: Path) -> Iterator[str]:
    """JACK's MIDI monitor, writing to a file; gives the name of its input port."""
    name = f"ear-{os.getpid()}"
    with path.open("wb") as out:
        dump = subprocess.Popen(["jack_midi_dump", "-a", name], stdout=out, stderr=subprocess.DEVNULL)
        try:
            port = f"{name}:input"
            wait_for_port(port)
            yield port
        finally:
            dump.terminate()
            try:
                dump.wait(3)
            except subprocess.TimeoutExpired:  # a client of a JACK server that does not answer
                dump.kill()
                dump.wait()


def wait_for_port(port: str) -> None:
    end = now() + 10.0
    while port not in subprocess.run(["jack_lsp"], capture_output=True, text=True, check=False).stdout.splitlines():
        assert now() < end, f"JACK has no port {port}"
        time.sleep(0.05)


@dataclass(frozen=True)
class Recording:
    """A stream cut short by SIGTERM: what was heard, and what was announced, a counter a bar (the last was cut)."""

    heard: list[Event]
    announced: list[Counter[Key]]
    stalled: float  # seconds for which the machine stood still

    @property
    def ons(self) -> Counter[Key]:
        return Counter(event.key for event in self.heard if event.kind == "on")

    @property
    def whole_bars(self) -> Counter[Key]:
        return sum(self.announced[:-1], Counter[Key]())

    @property
    def held(self) -> list[Event]:
        """The note-ons that nothing ended."""
        last = {event.key: event for event in self.heard}
        return [event for event in last.values() if event.kind == "on"]

    @property
    def held_at_the_end(self) -> list[Event]:
        """Those of the end itself, which SIGTERM cut."""
        return [event for event in self.held if event.frame >= self.heard[-1].frame - LAST_FRAMES]

    @property
    def damage(self) -> int:
        """Notes lost, and heard that nobody announced (JACK repeats a period now and then), and ends lost."""
        lost = self.whole_bars - self.ons
        repeated = self.ons - self.whole_bars - self.announced[-1]
        return lost.total() + repeated.total() + len(self.held) + 100 * len(self.held_at_the_end)


@pytest.fixture
def recording(
    monkeypatch: pytest.MonkeyPatch, jack_server: str, tiny_model: Path, band: ModelContract, tmp_path: Path
) -> Recording:
    """The best of up to three: a JACK server without real-time priority drops periods when the machine is busy."""
    monkeypatch.setenv("JACK_DEFAULT_SERVER", jack_server)
    recordings: list[Recording] = []
    for attempt in range(3):
        (tmp_path / str(attempt)).mkdir()
        recordings.append(record(tiny_model, band, tmp_path / str(attempt)))
        if recordings[-1].damage <= SHARE_LOST_BY_JACK * recordings[-1].whole_bars.total():
            break
    return min(recordings, key=lambda one: one.damage)


def record(tiny_model: Path, band: ModelContract, folder: Path) -> Recording:
    dumped = folder / "heard.txt"
    with (
        Stalls() as stalls,
        serve(tiny_model, folder / "library.sqlite", midi_api="jack") as bridge,
        jack_midi_dump(dumped) as ear,
        BridgeClient(bridge.address) as client,
    ):
        subprocess.run(["jack_connect", "MAIsynthesizer:MAIsynthesizer", ear], check=True)
        client.request("/mai/hello", "recorder", client.port)
        client.request("/mai/set", "tempo", TEMPO)
        client.request("/mai/set", "output", "osc")  # so that the phrase is not played at once
        client.request("/mai/generate", 42)
        client.request("/mai/set", "output", "both")
        stalls.seconds = 0.0
        announced = announced_bars(client, band)
        time.sleep(0.4 * BAR_SECONDS)  # the last bar, announced a beat ahead, has begun
        assert bridge.stop() == 0
        time.sleep(0.2)  # the monitor writes what it heard
    heard = [
        Event(int(frame), kind, (int(channel), int(pitch)))
        for frame, kind, channel, pitch in _DUMPED.findall(dumped.read_text())
    ]
    return Recording(heard, announced, stalls.seconds)


def announced_bars(client: BridgeClient, band: ModelContract) -> list[Counter[Key]]:
    """The notes of the stream's first bars, by channel and pitch, from /mai/bar."""
    client.request("/mai/stream/start")
    bars: dict[float, Counter[Key]] = {}
    for message in client.receive((WHOLE_BARS + 4) * BAR_SECONDS):
        if message.address != "/mai/bar":
            continue
        _bar, track, notes = bar_notes(message)
        keys = bars.setdefault(float(message.arguments[5]), Counter())
        keys.update((band.tracks[track].channel, note.pitch) for note in notes)
        if len(bars) > WHOLE_BARS and track == len(band.tracks) - 1 and is_last_part(message):
            break
    return [bars[start] for start in sorted(bars)]


def is_last_part(message: OscMessage) -> bool:
    """Whether a /mai/bar message completes its track's bar."""
    part, parts = message.arguments[3:5]
    return int(part) == int(parts) - 1


def test_jack_hears_what_was_announced_and_silence_after_the_end(recording: Recording) -> None:
    ons, whole_bars = recording.ons, recording.whole_bars
    assert len(recording.announced) == WHOLE_BARS + 1
    if recording.damage > SHARE_LOST_BY_JACK * whole_bars.total() and recording.stalled > _STALLED_TOO_LONG:
        pytest.skip(f"nothing to conclude: the machine stood still for {recording.stalled:.2f} s meanwhile")
    assert recording.damage <= SHARE_LOST_BY_JACK * whole_bars.total(), (ons, whole_bars)
    assert {channel for channel, _ in ons} == {9, 0, 1, 2, 3}, "drums belong on channel 10, the others on 1 to 4"

    assert ons.total() > whole_bars.total(), "the last bar had not begun: the end cut nothing"
    assert recording.held_at_the_end == []
