"""Ableton Link: against a session of our own in virtual time, and, where aalink is installed, against a real peer."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.clock import now
from bridge.clocks.link import LinkClock, NoLink, open_link
from bridge.clocks.metre import Metre
from bridge.clocks.song import Change, Song, change_between

has_link = pytest.mark.skipif(
    importlib.util.find_spec("aalink") is None,
    reason="no Link peer: aalink is not installed (pip install 'maisynthesizer[link]')",
)


class FakeSession:
    """A Link session in virtual time. Looking at the beat takes `slow` seconds, now and then."""

    def __init__(self, tempo: float = 120.0) -> None:
        self.quantum = 1.0
        self.enabled = self.start_stop_sync_enabled = False
        self.playing = False
        self.num_peers = 1
        self.seconds = 100.0
        self.slow: list[float] = []
        self._tempo, self._beat, self._since = tempo, 0.0, 100.0

    @property
    def tempo(self) -> float:
        return self._tempo

    @tempo.setter
    def tempo(self, tempo: float) -> None:
        self._beat, self._since, self._tempo = self._beat_now(), self.seconds, tempo

    @property
    def beat(self) -> float:
        beat = self._beat_now()
        if self.slow:
            self.seconds += self.slow.pop(0)
        return beat

    def jump(self, beats: float) -> None:
        self._beat += beats

    def _beat_now(self) -> float:
        return self._beat + (self.seconds - self._since) * self._tempo / 60


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def clock(session: FakeSession) -> LinkClock:
    return LinkClock(session, now=lambda: session.seconds)


def after(session: FakeSession, clock: LinkClock, seconds: float) -> Song:
    session.seconds += seconds
    return clock.song(session.seconds)


def test_it_joins_the_session_and_shares_starts_and_stops(session: FakeSession, clock: LinkClock) -> None:
    assert session.enabled
    assert session.start_stop_sync_enabled
    clock.close()
    assert not session.enabled


@pytest.mark.parametrize(("metre", "quantum"), [(Metre(4, 4), 4.0), (Metre(3, 4), 3.0), (Metre(7, 8), 3.5)])
def test_a_bar_is_the_sessions_quantum(session: FakeSession, metre: Metre, quantum: float) -> None:
    song = LinkClock(session, metre, now=lambda: session.seconds).song(session.seconds)
    assert session.quantum == quantum == song.metre.beats_per_bar
    assert song.next_bar(0.1) == quantum


def test_the_song_is_the_sessions_beat(session: FakeSession, clock: LinkClock) -> None:
    first = after(session, clock, 0.0)
    song = after(session, clock, 1.0)
    assert first.playing
    assert song.beat_at(session.seconds) == pytest.approx(2.0)
    assert song.tempo == pytest.approx(120.0)
    assert change_between(first, song) is Change.STEADY


def test_it_plays_until_another_program_has_started_and_stops_with_it_from_then_on(
    session: FakeSession, clock: LinkClock
) -> None:
    alone = after(session, clock, 1.0)
    session.playing = True
    started = after(session, clock, 1.0)
    session.playing = False
    stopped = after(session, clock, 1.0)
    session.playing = True
    again = after(session, clock, 1.0)
    assert change_between(alone, started) is Change.STEADY
    assert change_between(started, stopped) is Change.STOPPED
    assert change_between(stopped, again) is Change.STARTED
    assert again.beat_at(session.seconds) == pytest.approx(8.0)


def test_another_tempo_is_no_jump_whenever_it_came(session: FakeSession, clock: LinkClock) -> None:
    before = after(session, clock, 0.0)
    session.seconds += 0.2
    session.tempo = 150.0
    song = after(session, clock, 0.3)
    assert change_between(before, song) is Change.TEMPO
    assert song.beat_at(session.seconds) == pytest.approx(0.4 + 0.75)


@pytest.mark.parametrize("beats", [1.0, -1.0, 0.1, 64.0])
def test_peers_that_find_each_other_move_the_beat_and_that_is_a_jump(
    session: FakeSession, clock: LinkClock, beats: float
) -> None:
    before = after(session, clock, 1.0)
    session.jump(beats)
    song = after(session, clock, 0.5)
    assert change_between(before, song) is Change.LOCATED
    assert song.beat_at(session.seconds) == pytest.approx(3.0 + beats)


def test_the_network_corrects_the_beat_a_little_without_a_jump_and_never_back(
    session: FakeSession, clock: LinkClock
) -> None:
    before = after(session, clock, 1.0)
    session.jump(-0.01)
    song = after(session, clock, 0.001)
    assert change_between(before, song) is Change.STEADY
    assert song.beat_at(session.seconds) >= before.beat_at(session.seconds)
    assert song.beat_at(session.seconds + 1) == pytest.approx(session.beat + 2.0)


def test_a_reading_that_was_interrupted_is_taken_again(session: FakeSession, clock: LinkClock) -> None:
    session.slow = [0.008, 0.0]
    song = after(session, clock, 1.0)
    assert song.beat_at(session.seconds) == pytest.approx(session.beat)


def test_when_every_reading_is_interrupted_the_shortest_counts(session: FakeSession, clock: LinkClock) -> None:
    session.slow = [0.008, 0.001, 0.004]
    song = after(session, clock, 1.0)
    assert song.beat_at(session.seconds) == pytest.approx(session.beat, abs=0.0011)


def test_alone_in_the_session_the_notice_says_what_to_do(session: FakeSession, clock: LinkClock) -> None:
    assert clock.notice(0.0) is None
    session.num_peers = 0
    assert "switch Link on" in str(clock.notice(0.0))


def test_without_the_optional_package_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aalink", None)
    with pytest.raises(NoLink, match=r"pip install 'maisynthesizer\[link\]'.*GPL|GPL.*pip install"):
        open_link(120.0)


def test_the_bridge_never_imports_what_is_under_the_gpl_by_itself(tmp_path: Path) -> None:
    (tmp_path / "aalink.py").write_text("raise AssertionError('imported')")
    program = "import bridge.daemon, bridge.clocks.link, sys; assert 'aalink' not in sys.modules"
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def peers() -> Iterator[tuple[LinkClock, Any]]:
    """The clock and another program's aalink.Link in one session."""

    async def another_program() -> Any:
        return importlib.import_module("aalink").Link(133.0)

    peer = asyncio.run(another_program())
    peer.quantum, peer.start_stop_sync_enabled, peer.enabled = 4.0, True, True
    clock = open_link(90.0)
    try:
        if not comes_true(lambda: clock.notice(0.0) is None):
            pytest.skip("nothing to conclude: two Link peers do not hear each other on this network")
        yield clock, peer
    finally:
        clock.close()
        peer.enabled = False


def comes_true(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = now() + seconds
    while not condition():
        if now() > end:
            return False
        time.sleep(0.02)
    return True


@has_link
def test_a_real_peer_shares_tempo_bar_start_and_stop(peers: tuple[LinkClock, Any]) -> None:
    clock, peer = peers
    assert comes_true(lambda: clock.song(now()).tempo == pytest.approx(peer.tempo, rel=1e-4))

    time.sleep(0.5)  # they agree on a beat
    song, phase, at = clock.song(now()), peer.phase, now()
    apart = abs(song.beat_at(at) % 4 - phase)
    assert min(apart, 4 - apart) < 0.02
    time.sleep(0.5)
    assert clock.song(now()).leap == song.leap

    peer.tempo = 100.0
    assert comes_true(lambda: clock.song(now()).tempo == pytest.approx(100.0, rel=1e-4))
    peer.playing = True
    time.sleep(0.3)
    assert clock.song(now()).playing
    peer.playing = False
    assert comes_true(lambda: not clock.song(now()).playing)
    peer.playing = True
    assert comes_true(lambda: clock.song(now()).playing)
