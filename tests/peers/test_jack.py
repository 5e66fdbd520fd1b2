"""JACK as the listener: a stream is heard as it was announced, on each track's own channel."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.contract import ModelContract
from bridge.doors.client import BridgeClient, bar_notes
from bridge.protocol.osc_packet import OscMessage
from tests.peers.bridge_process import serve
from tests.peers.jack_ear import (
    SHARE_LOST_BY_JACK,
    STALLED_TOO_LONG,
    Event,
    Key,
    ear,
    held,
    needs_jack_tools,
)
from tests.peers.stall_log import StallLog

pytestmark = needs_jack_tools

TEMPO = 240.0  # quarter notes a minute: a bar is a second
BAR_SECONDS = 1.0
WHOLE_BARS = 3
LAST_FRAMES = 4800  # a tenth of a second: more than the tiny model's longest notes last at this tempo


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
    def held_at_the_end(self) -> list[Event]:
        """The note-ons of the end itself, which SIGTERM cut, that nothing ended."""
        return [event for event in held(self.heard) if event.frame >= self.heard[-1].frame - LAST_FRAMES]

    @property
    def damage(self) -> int:
        """Notes lost, and heard that nobody announced (JACK repeats a period now and then), and ends lost."""
        lost = self.whole_bars - self.ons
        repeated = self.ons - self.whole_bars - self.announced[-1]
        return lost.total() + repeated.total() + len(held(self.heard)) + 100 * len(self.held_at_the_end)


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
    with (
        StallLog() as stalls,
        serve(tiny_model, folder / "library.sqlite", midi_api="jack") as bridge,
        ear(folder) as listener,
        BridgeClient(bridge.address) as client,
    ):
        listener.listen_to("MAIsynthesizer:MAIsynthesizer")
        client.request("/mai/hello", "recorder", client.port)
        client.request("/mai/set", "tempo", TEMPO)
        client.request("/mai/set", "output", "osc")  # so that the phrase is not played at once
        client.request("/mai/generate", 42)
        client.request("/mai/set", "output", "both")
        stalls.forget()
        announced = announced_bars(client, band)
        time.sleep(0.4 * BAR_SECONDS)  # the last bar, announced a beat ahead, has begun
        assert bridge.stop() == 0
        time.sleep(0.2)  # the monitor writes what it heard
        return Recording(listener.heard(), announced, stalls.seconds)


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
    if recording.damage > SHARE_LOST_BY_JACK * whole_bars.total() and recording.stalled > STALLED_TOO_LONG:
        pytest.skip(f"nothing to conclude: the machine stood still for {recording.stalled:.2f} s meanwhile")
    assert recording.damage <= SHARE_LOST_BY_JACK * whole_bars.total(), (ons, whole_bars)
    assert {channel for channel, _ in ons} == {9, 0, 1, 2, 3}, "drums belong on channel 10, the others on 1 to 4"

    assert ons.total() > whole_bars.total(), "the last bar had not begun: the end cut nothing"
    assert recording.held_at_the_end == []
