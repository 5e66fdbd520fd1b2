"""JACK's monitor hears several bars of a stream: the notes that the bridge announced, each on its beat."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from bridge.contract import ModelContract
from bridge.doors.client import BridgeClient, bar_notes
from tests.peers.bridge_process import serve
from tests.peers.jack_ear import SHARE_LOST_BY_JACK, STALLED_TOO_LONG, Key, ear, needs_jack_tools
from tests.peers.stall_log import StallLog
from tests.peers.steady_jack import FRAMES_A_SECOND, PERIOD, steady_jack

pytestmark = needs_jack_tools

TEMPO = 160.0  # quarter notes a minute
FRAMES_A_BEAT = 60.0 / TEMPO * FRAMES_A_SECOND
BARS = 4
ATTEMPTS = 3
ON_THE_BEAT = 0.9  # the share of notes that must be; a busy machine holds up the others
HALF_A_STEP = FRAMES_A_BEAT / 24  # a note further from its beat than this is another note

Notes = dict[Key, list[float]]  # when each begins, in frames from anywhere on, by channel and pitch


@dataclass(frozen=True)
class Performance:
    """What was announced and what was heard of it."""

    announced: Notes
    known: frozenset[Key]  # of the announced notes and of the beat after them, which the stream's end cuts
    heard: Notes
    stalled: float  # seconds for which the machine stood still

    @property
    def notes(self) -> int:
        return sum(map(len, self.announced.values()))

    def deviations(self) -> list[float]:
        """How far from its beat each note was that came, in frames and in order, without the delay that all share."""
        first = min(map(min, self.heard.values())) - min(map(min, self.announced.values()))
        due = sorted((at, key) for key, times in self.announced.items() for at in times)
        nearest = [
            min((frame - at - first for frame in self.heard.get(key, [])), key=abs, default=HALF_A_STEP)
            for at, key in due
        ]
        found = [one for one in nearest if abs(one) < HALF_A_STEP]
        shared = median(found)
        return [one - shared for one in found]

    def share_on_the_beat(self) -> float:
        return sum(abs(one) <= PERIOD for one in self.deviations()) / self.notes

    def share_lost(self) -> float:
        return 1.0 - len(self.deviations()) / self.notes

    def strangers(self) -> set[Key]:
        """What was heard and never announced."""
        return set(self.heard) - self.known


def perform(model: Path, band: ModelContract, folder: Path) -> Performance:
    with (
        serve(model, folder / "library.sqlite", midi_api="jack") as bridge,
        ear(folder) as listener,
        BridgeClient(bridge.address) as client,
        StallLog() as stalls,
    ):
        listener.listen_to("MAIsynthesizer:MAIsynthesizer")
        client.request("/mai/hello", "recorder", client.port)
        for name, value in (("tempo", TEMPO), ("threshold", 0.8), ("output", "osc")):
            client.request("/mai/set", name, value)
        client.request("/mai/generate", 42)
        client.request("/mai/set", "output", "both")
        stalls.forget()
        announced, end = announced_bars(client, band)
        client.request("/mai/stream/stop")
        listener.wait_until(lambda _heard: False, 0.2)  # the monitor writes what it heard
        heard: Notes = defaultdict(list)
        for event in listener.heard():
            if event.kind == "on":
                heard[event.key].append(event.frame)
        whole = {key: kept for key, times in announced.items() if (kept := [at for at in times if at < end])}
        return Performance(whole, frozenset(announced), dict(heard), stalls.seconds)


def announced_bars(client: BridgeClient, band: ModelContract) -> tuple[Notes, float]:
    """The stream's first bars, and the frame at which this returns: a beat before they end."""
    client.request("/mai/stream/start")
    found: Notes = defaultdict(list)
    starts: set[float] = set()
    for message in client.receive((BARS + 4) * 4 * 60.0 / TEMPO):
        if message.address != "/mai/bar":
            continue
        start = float(message.arguments[5])
        starts.add(start)
        _bar, track, notes = bar_notes(message)
        if len(starts) > BARS:
            return found, (start - 1.0) * FRAMES_A_BEAT
        for note in notes:
            found[band.tracks[track].channel, note.pitch].append((start + note.start) * FRAMES_A_BEAT)
    pytest.fail(f"only the bars at {sorted(starts)} were announced, expected {BARS} and the next")


@pytest.fixture(scope="module")
def performance(tiny_model: Path, band: ModelContract, tmp_path_factory: pytest.TempPathFactory) -> Performance:
    """The best of three: without real-time priority, a busy machine holds up the bridge's player and JACK."""
    performances: list[Performance] = []
    with steady_jack() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("JACK_DEFAULT_SERVER", server)
        for number in range(ATTEMPTS):
            performances.append(perform(tiny_model, band, tmp_path_factory.mktemp(f"attempt{number}")))
            if performances[-1].share_on_the_beat() > ON_THE_BEAT:
                break
    return max(performances, key=Performance.share_on_the_beat)


def skip_if_stalled(performance: Performance) -> None:
    if performance.stalled > STALLED_TOO_LONG:
        pytest.skip(f"nothing to conclude: the machine stood still for {performance.stalled:.2f} s meanwhile")


def test_the_notes_are_those_that_the_bridge_sent(performance: Performance) -> None:
    assert performance.notes > 100
    if performance.share_lost() > SHARE_LOST_BY_JACK:
        skip_if_stalled(performance)
    assert performance.share_lost() <= SHARE_LOST_BY_JACK
    assert performance.strangers() == set()


def test_each_is_on_its_beat_within_a_period(performance: Performance) -> None:
    if performance.share_on_the_beat() < ON_THE_BEAT:
        skip_if_stalled(performance)
    assert performance.share_on_the_beat() >= ON_THE_BEAT, sorted(map(round, performance.deviations()))


def test_the_song_does_not_drift_from_the_first_bar_to_the_last(performance: Performance) -> None:
    skip_if_stalled(performance)
    deviations = performance.deviations()
    assert abs(median(deviations[: len(deviations) // 2]) - median(deviations[len(deviations) // 2 :])) < PERIOD
