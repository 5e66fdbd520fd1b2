"""Two DAWs that say where their songs are, at the same time, in virtual time."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from bridge.doors.address import HTTP, WEB_SOCKET, Address
from bridge.doors.clients import FORGET_AFTER_SECONDS
from tests.bridge.engine.stage import LIVE, REAPER, STRANGER, Stage, bars_of, error_of

LIVE_LISTENS: Address = ("127.0.0.1", 9001)
REAPER_LISTENS: Address = ("127.0.0.1", 9002)
NOT_FOLLOWED = "Live leads the song: Reaper is not followed until it is started while Live stands still"


@dataclass
class Daw:
    """A DAW that plays by the test's clock."""

    stage: Stage
    source: Address
    beat: float = 0.0
    bpm: float = 120.0
    playing: int = 0

    def hello(self, name: str, port: int) -> None:
        self.stage.say(self.source, "/mai/hello", 1, name, port)

    def tell(self) -> None:
        self.stage.say(self.source, "/mai/transport", self.beat, self.bpm, self.playing)

    def press(self, playing: int) -> None:
        self.playing = playing
        self.tell()


def go_on(stage: Stage, seconds: float, *daws: Daw) -> None:
    """Time passes; every DAW moves on and says so ten times a second."""
    for _ in range(round(seconds * 10)):
        stage.wait(0.1)
        for daw in daws:
            daw.beat += daw.playing * 0.1 * daw.bpm / 60.0
            daw.tell()


def notices(stage: Stage, address: Address) -> list[str]:
    return [str(m.arguments[1]) for m in stage.wire.to(address) if m.address == "/mai/changed"]


def status(stage: Stage) -> dict[str, object]:
    (message,) = stage.say(STRANGER, "/mai/status", 9)
    table: dict[str, object] = json.loads(str(message.arguments[1]))
    return table


@pytest.fixture
def live(stage: Stage) -> Daw:
    daw = Daw(stage, LIVE)
    daw.hello("Live", LIVE_LISTENS[1])
    return daw


@pytest.fixture
def reaper(stage: Stage) -> Daw:
    daw = Daw(stage, REAPER, beat=500.0, bpm=97.0)
    daw.hello("Reaper", REAPER_LISTENS[1])
    return daw


def test_two_daws_that_play_at_once_do_not_fight(stage: Stage, live: Daw, reaper: Daw) -> None:
    live.press(1)
    reaper.press(1)
    stage.say(LIVE, "/mai/stream/start", 5, 4.0)
    stage.wire.clear()
    leap = stage.engine.song(stage.now).leap
    go_on(stage, 8.0, live, reaper)
    assert stage.engine.song(stage.now).leap == leap, "the song jumped"
    assert stage.beat == pytest.approx(live.beat, abs=0.05)
    starts = sorted({float(bar[5]) for bar in bars_of(stage.wire.to(LIVE_LISTENS))})
    assert starts == [4.0, 8.0, 12.0, 16.0]
    assert stage.engine.counters.late == 0


def test_the_one_that_is_not_followed_is_told_once_and_status_says_who_leads(
    stage: Stage, live: Daw, reaper: Daw
) -> None:
    live.press(1)
    reaper.press(1)
    go_on(stage, 5.0, live, reaper)
    assert notices(stage, REAPER_LISTENS) == [NOT_FOLLOWED]
    assert status(stage)["notice"] == NOT_FOLLOWED
    assert stage.engine.around.clock.leader is not None
    assert str(stage.engine.around.clock.leader) == "Live"


def test_one_daw_alone_is_told_nothing(stage: Stage, live: Daw) -> None:
    live.press(1)
    go_on(stage, 2.0, live)
    live.press(0)
    assert notices(stage, LIVE_LISTENS) == []
    assert status(stage)["notice"] is None


def test_pressing_play_in_the_other_while_the_first_stands_hands_over(stage: Stage, live: Daw, reaper: Daw) -> None:
    live.press(1)
    go_on(stage, 1.0, live, reaper)
    live.press(0)
    go_on(stage, 1.0, live, reaper)
    reaper.press(1)
    go_on(stage, 2.0, live, reaper)
    assert stage.beat == pytest.approx(reaper.beat, abs=0.05)
    assert stage.engine.song(stage.now).tempo == pytest.approx(97.0)
    taken = "Reaper leads the song: Live is not followed until it is started while Reaper stands still"
    assert notices(stage, LIVE_LISTENS) == [NOT_FOLLOWED, taken]
    assert status(stage)["notice"] == taken


def test_stopping_the_leader_is_silence_though_the_other_plays(stage: Stage, live: Daw, reaper: Daw) -> None:
    live.press(1)
    reaper.press(1)
    stage.say(LIVE, "/mai/stream/start", 5)
    go_on(stage, 3.0, live, reaper)
    live.press(0)
    stage.wire.clear()
    go_on(stage, FORGET_AFTER_SECONDS + 2.0, live, reaper)
    assert bars_of(stage.wire.to(LIVE_LISTENS)) == []
    assert not stage.engine.song(stage.now).playing


def test_after_the_leaders_bye_the_other_is_followed(stage: Stage, live: Daw, reaper: Daw) -> None:
    live.press(1)
    reaper.press(1)
    stage.say(LIVE, "/mai/bye", 7)
    reaper.tell()
    assert stage.beat == pytest.approx(reaper.beat, abs=0.05)
    assert notices(stage, REAPER_LISTENS)[-1] == "Reaper leads the song now"


def test_a_leader_that_died_is_forgotten_after_fifteen_seconds(stage: Stage, live: Daw, reaper: Daw) -> None:
    live.press(1)
    go_on(stage, FORGET_AFTER_SECONDS - 0.5, reaper)
    reaper.press(1)
    assert str(stage.engine.around.clock.leader) == "Live"
    go_on(stage, 1.0, reaper)
    assert str(stage.engine.around.clock.leader) == "Reaper"
    assert stage.beat == pytest.approx(reaper.beat, abs=0.05)


def test_a_leader_that_only_pings_while_it_should_play_is_given_up_too(stage: Stage, live: Daw, reaper: Daw) -> None:
    live.press(1)
    for _ in range(17):
        stage.say(LIVE, "/mai/ping", 1)
        go_on(stage, 1.0, reaper)
    assert str(stage.engine.around.clock.leader) == "Reaper"


def test_a_leader_that_says_hello_from_another_port_still_leads(stage: Stage, live: Daw, reaper: Daw) -> None:
    live.press(1)
    reaper.press(1)
    live.source = ("127.0.0.1", 50077)
    live.hello("Live", LIVE_LISTENS[1])
    go_on(stage, 2.0, live, reaper)
    assert stage.beat == pytest.approx(live.beat, abs=0.05)
    assert str(stage.engine.around.clock.leader) == "Live"


def test_a_host_that_says_hello_while_it_leads_still_leads(stage: Stage, reaper: Daw) -> None:
    live = Daw(stage, LIVE, playing=1)
    go_on(stage, 1.0, live)
    live.hello("Live", LIVE_LISTENS[1])
    go_on(stage, 1.0, live, reaper)
    assert stage.beat == pytest.approx(live.beat, abs=0.05)
    assert notices(stage, REAPER_LISTENS) == [NOT_FOLLOWED]


@pytest.mark.parametrize("kind", ["127.0.0.1", HTTP])
def test_messages_that_each_come_from_another_port_are_one_host(stage: Stage, kind: str) -> None:
    """As those of oscsend and curl do."""
    for number in range(40):
        beat = number * 0.2
        stage.say((kind, 41000 + number), "/mai/transport", beat, 120.0, 1)
        assert stage.beat == pytest.approx(beat, abs=0.05)
        stage.wait(0.1)


@pytest.mark.parametrize("source", [STRANGER, (HTTP, 7), (WEB_SOCKET, 3)])
def test_one_that_never_said_hello_is_told_where_it_speaks(stage: Stage, live: Daw, source: Address) -> None:
    live.press(1)
    stage.say(source, "/mai/transport", 7.0, 90.0, 1)
    stage.say(source, "/mai/transport", 7.1, 90.0, 1)
    sentence = (
        "Live leads the song: a program that said no hello is not followed until it is started while Live stands still"
    )
    assert notices(stage, source) == [sentence]
    assert stage.engine.song(stage.now).tempo == 120.0


def test_nonsense_takes_no_lead(stage: Stage, reaper: Daw) -> None:
    assert error_of(stage.say(LIVE, "/mai/transport", 0.0, 120.0, 1, 3, 7))[2] == "out_of_range"
    assert stage.engine.around.clock.leader is None
    reaper.press(1)
    assert str(stage.engine.around.clock.leader) == "Reaper"


def test_nobody_is_told_who_leads_while_another_clock_is_chosen(stage: Stage, live: Daw, reaper: Daw) -> None:
    stage.say(STRANGER, "/mai/set", 1, "clock", "internal")
    stage.wire.clear()
    live.press(1)
    reaper.press(1)
    assert notices(stage, REAPER_LISTENS) == []
    stage.say(STRANGER, "/mai/set", 2, "clock", "transport")
    stage.wire.clear()
    reaper.tell()
    assert notices(stage, REAPER_LISTENS) == [NOT_FOLLOWED]
