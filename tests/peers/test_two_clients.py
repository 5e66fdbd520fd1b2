"""Two clients at once: each is answered by itself, both hear the band, and one that vanishes takes nothing with it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.doors.client import BridgeClient
from bridge.protocol.osc_packet import OscMessage
from tests.peers.bridge_process import serve

TEMPO = 300.0  # quarter notes a minute: a bar is 0.8 s
BAR = 4.0
STREAM_ID, SAME_ID, PING_ID = 900, 700, 800  # requests' numbers; SAME_ID is both clients'
SEED = 3
BROADCAST_ID = -1
LAST_BARS = 3  # after the bridge has forgotten the one that vanished
PATIENCE = 40.0  # seconds; the bridge forgets a client after 15


@dataclass(frozen=True)
class Evening:
    """What each client was sent."""

    vanishing: list[OscMessage]  # to the one that started the stream, tracks 0 and 1, until it vanished
    staying: list[OscMessage]  # to the other, tracks 1 and 2, until the end
    at_the_vanishing: int  # messages of them that had come by then
    forgotten_at: int  # and when the bridge had forgotten the one
    asking: list[OscMessage]  # to the client that generated, tracks 0 and 1
    listening: list[OscMessage]  # to the one that asked for a setting meanwhile, under the same number, tracks 1 and 2
    setting: list[OscMessage]  # to the latter, when the former had changed a setting
    after_the_stop: list[OscMessage]  # to the one that stays


def connect(client: BridgeClient, name: str, *tracks: int) -> None:
    client.request("/mai/hello", name, 0)
    client.request("/mai/subscribe", *tracks)


def hear_until(client: BridgeClient, address: str, *first: int) -> list[OscMessage]:
    """Everything up to the message at that address that begins with these values."""
    heard: list[OscMessage] = []
    for message in client.receive(PATIENCE):
        heard.append(message)
        if message.address == address and message.arguments[: len(first)] == first:
            return heard
    raise AssertionError(f"no {address} {first} within {PATIENCE:g} s")


def hear_all(client: BridgeClient) -> list[OscMessage]:
    """Everything that the bridge sent before it hears from us."""
    client.send("/mai/ping", PING_ID)
    return hear_until(client, "/mai/pong", PING_ID)[:-1]


def hear_a_bar(client: BridgeClient) -> list[OscMessage]:
    """Everything up to the end of a streamed bar, whose last track is 2."""
    heard: list[OscMessage] = []
    while True:
        heard += hear_until(client, "/mai/bar", BROADCAST_ID)
        _, _, track, part, parts, start = heard[-1].arguments[:6]
        if (track, part) == (2, int(parts) - 1) and float(start) >= 0.0:
            return heard


def bars(messages: Iterable[OscMessage], streamed: bool) -> list[OscMessage]:
    """The /mai/bar that have a place in the song, or that have none."""
    return [m for m in messages if m.address == "/mai/bar" and (float(m.arguments[5]) >= 0.0) == streamed]


@pytest.fixture(scope="module")
def evening(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Evening:
    with (
        serve(tiny_model, tmp_path_factory.mktemp("library") / "library.sqlite") as bridge,
        BridgeClient(bridge.address) as staying,
        BridgeClient(bridge.address) as asking,
        BridgeClient(bridge.address) as listening,
    ):
        connect(staying, "staying", 1, 2)
        staying.request("/mai/set", "tempo", TEMPO)
        with BridgeClient(bridge.address) as vanishing:
            connect(vanishing, "vanishing", 0, 1)
            vanishing.send("/mai/stream/start", STREAM_ID)
            heard = hear_until(vanishing, "/mai/bar", STREAM_ID, 1, 1)
        stayed = hear_all(staying)
        at_the_vanishing = len(stayed)

        connect(asking, "asking", 0, 1)
        connect(listening, "listening", 1, 2)
        asking.send("/mai/generate", SAME_ID, SEED)
        listening.send("/mai/get", SAME_ID, "swing")
        asked = hear_until(asking, "/mai/done", SAME_ID) + hear_all(asking)
        listened = hear_until(listening, "/mai/value", SAME_ID) + hear_all(listening)
        asking.send("/mai/set", SAME_ID, "swing", 0.25)
        hear_until(asking, "/mai/done", SAME_ID)
        setting = hear_all(listening)
        for client in (asking, listening):
            client.request("/mai/bye")

        while "vanishing" in names(staying, stayed):
            stayed += hear_a_bar(staying)
        forgotten_at = len(stayed)
        for _ in range(LAST_BARS):
            stayed += hear_a_bar(staying)
        staying.request("/mai/stream/stop")
        after_the_stop = list(staying.receive(1.5 * BAR * 60.0 / TEMPO))
        return Evening(heard, stayed, at_the_vanishing, forgotten_at, asked, listened, setting, after_the_stop)


def names(client: BridgeClient, heard: list[OscMessage]) -> list[str]:
    """The clients that the bridge knows; what came meanwhile is added to `heard`."""
    client.send("/mai/status", PING_ID)
    came = hear_until(client, "/mai/status", PING_ID)
    heard += came[:-1]
    return [client["name"] for client in json.loads(str(came[-1].arguments[1]))["clients"]]


def places(messages: list[OscMessage]) -> set[tuple[int, int]]:
    """Bars and tracks."""
    return {(int(message.arguments[1]), int(message.arguments[2])) for message in messages}


def test_who_asks_gets_the_bars_of_its_own_tracks_under_its_own_number(evening: Evening) -> None:
    answer = bars(evening.asking, streamed=False)
    assert {message.arguments[0] for message in answer} == {SAME_ID}
    assert places(answer) == {(bar, track) for bar in range(4) for track in (0, 1)}
    assert [m.address for m in evening.asking if m.arguments[0] == SAME_ID][-1] == "/mai/done"


def test_the_other_gets_the_same_bars_of_its_own_tracks_as_nobodys_answer(evening: Evening) -> None:
    heard = bars(evening.listening, streamed=False)
    assert {message.arguments[0] for message in heard} == {BROADCAST_ID}
    assert places(heard) == {(bar, track) for bar in range(4) for track in (1, 2)}
    shared = [m.arguments[1:] for m in heard if m.arguments[2] == 1]
    assert shared == [m.arguments[1:] for m in bars(evening.asking, streamed=False) if m.arguments[2] == 1]


def test_an_answer_goes_to_nobody_else_though_both_used_the_same_number(evening: Evening) -> None:
    answers = [message.address for message in evening.listening if message.arguments[0] == SAME_ID]
    assert answers == ["/mai/value"]
    assert [m for m in evening.asking if m.address == "/mai/value"] == []
    assert [m for m in evening.staying if m.arguments[0] == SAME_ID] == []


def test_a_setting_that_one_changes_is_told_to_the_other_without_the_answer(evening: Evening) -> None:
    told = [message for message in evening.setting if message.address != "/mai/bar"]
    assert [message.address for message in told] == ["/mai/changed"]
    assert told[0].arguments == ("swing", 0.25)


def test_a_stream_goes_to_who_started_it_under_its_number_and_to_the_other_under_none(evening: Evening) -> None:
    own, others = bars(evening.vanishing, streamed=True), bars(evening.staying, streamed=True)
    assert {message.arguments[0] for message in own} == {STREAM_ID}
    assert {message.arguments[0] for message in others} == {BROADCAST_ID}
    assert {message.arguments[2] for message in own} == {0, 1}
    assert {message.arguments[2] for message in others} == {1, 2}


def test_who_started_the_stream_vanishes_and_it_goes_on_for_the_other_bar_by_bar(evening: Evening) -> None:
    streamed = [float(message.arguments[5]) for message in bars(evening.staying, streamed=True)]
    starts = sorted(set(streamed))
    assert starts == [starts[0] + BAR * number for number in range(len(starts))]
    for moment in (evening.at_the_vanishing, evening.forgotten_at):
        assert {m.arguments[5] for m in bars(evening.staying[moment:], streamed=True)} - {
            m.arguments[5] for m in bars(evening.staying[:moment], streamed=True)
        }
    for track in (1, 2):
        on_track = {m.arguments[5] for m in bars(evening.staying, streamed=True) if m.arguments[2] == track}
        assert on_track == set(starts)


def test_the_one_that_is_left_can_stop_the_stream(evening: Evening) -> None:
    assert [message for message in evening.after_the_stop if message.address == "/mai/bar"] == []
