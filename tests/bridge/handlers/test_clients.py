"""Clients come and go, and hear what they asked for."""

from __future__ import annotations

import json

import pytest

from bridge.doors.address import Address
from bridge.doors.clients import FORGET_AFTER_SECONDS
from bridge.engine.latency import STAGES
from bridge.protocol.osc_packet import build_message
from tests.bridge.engine.stage import LIVE, REAPER, STRANGER, Stage, bars_of, error_of, notes_of


def test_hello_is_welcomed_with_the_band_and_its_grid(stage: Stage) -> None:
    (welcome,) = stage.say(LIVE, "/mai/hello", 1, "Live", 0)

    assert welcome.address == "/mai/welcome"
    assert welcome.arguments[0] == 1
    assert welcome.arguments[2:] == (1, "A band", 4, 4, 12, "Drums", "Piano", "Guitar", "Bass", "Strings")


def test_answers_go_to_the_port_that_hello_announced(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 9000)
    stage.say(LIVE, "/mai/ping", 2)
    assert [message.address for message in stage.wire.to(("127.0.0.1", 9000))] == ["/mai/welcome", "/mai/pong"]


def test_who_never_said_hello_is_answered_at_its_source_port(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/ping", 3)
    (pong,) = stage.wire.to(STRANGER)
    assert pong.arguments[0] == 3


def test_another_protocol_version_is_refused(stage: Stage) -> None:
    assert error_of(stage.say(LIVE, "/mai/hello", 1, "Live", 0, 2))[2] == "out_of_range"


def test_every_client_hears_what_one_asked_for_with_id_minus_1(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    stage.say(REAPER, "/mai/hello", 1, "Reaper", 0)
    stage.wire.clear()

    stage.say(LIVE, "/mai/generate", 7, 42)

    assert {bar[0] for bar in bars_of(stage.wire.to(LIVE))} == {7}
    assert {bar[0] for bar in bars_of(stage.wire.to(REAPER))} == {-1}
    assert notes_of(stage.wire.to(LIVE)) == notes_of(stage.wire.to(REAPER))
    assert "/mai/done" not in [message.address for message in stage.wire.to(REAPER)]


def test_a_subscription_narrows_what_a_client_is_sent_until_it_is_widened(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    stage.say(LIVE, "/mai/subscribe", 2, 3, 0)
    assert {bar[2] for bar in bars_of(stage.say(LIVE, "/mai/generate", 7))} == {0, 3}

    stage.say(LIVE, "/mai/subscribe", 3)
    assert {bar[2] for bar in bars_of(stage.say(LIVE, "/mai/generate", 8))} == set(range(5))
    assert error_of(stage.say(LIVE, "/mai/subscribe", 4, 5))[2] == "out_of_range"


def test_bye_ends_what_a_client_is_sent(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    assert [message.address for message in stage.say(LIVE, "/mai/bye", 2)] == ["/mai/done"]
    stage.wire.clear()
    stage.say(REAPER, "/mai/generate", 7)
    assert stage.wire.to(LIVE) == []


def test_a_refused_hello_is_answered_where_it_said_it_listens(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 9000)
    stage.say(REAPER, "/mai/hello", 2, "a newer Reaper", 9001, 2)
    (error,) = stage.wire.to(("127.0.0.1", 9001))
    assert error.arguments[:3] == (2, "/mai/hello", "out_of_range")


def test_a_client_that_is_silent_for_fifteen_seconds_is_forgotten_and_others_are_not(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    stage.say(REAPER, "/mai/hello", 1, "Reaper", 0)
    stage.wait(FORGET_AFTER_SECONDS - 1)
    stage.say(REAPER, "/mai/ping", 2)
    stage.wait(2)
    stage.say(REAPER, "/mai/ping", 3)
    assert [client.name for client in stage.engine.clients] == ["Reaper"]


@pytest.mark.parametrize(
    "name", ["a client with a long name", "\N{MULTIPLE MUSICAL NOTES}" * 30, "\N{MUSICAL NOTE}" * 30]
)
def test_status_is_one_json_object_that_fits_a_datagram_with_many_clients(stage: Stage, name: str) -> None:
    for number in range(40):
        stage.say(("127.0.0.1", 40000 + number), "/mai/hello", 1, name, 0)
    stage.engine.say(name * 10)
    stage.say(STRANGER, "/mai/generate", 2)
    (status,) = stage.say(STRANGER, "/mai/status", 3)[-1:]
    assert len(build_message(status.address, status.arguments)) < 4096
    table = json.loads(str(status.arguments[1]))
    assert table["provider"] == "a pattern"
    assert table["client_count"] == 40
    assert set(table["latency_ms"]) == set(STAGES) - {"bar"}
    assert {"late", "dropped", "rejected"} <= set(table["counters"])


def test_an_unexpected_hello_from_command_line_senders_reaches_the_listener_they_announced(stage: Stage) -> None:
    """oscsend has a new source port for each message, and oscdump listens elsewhere."""
    listener: Address = ("127.0.0.1", 9000)
    stage.say(("127.0.0.1", 41000), "/mai/hello", 1, "oscsend", 9000)
    stage.say(("127.0.0.1", 41001), "/mai/generate", 7, 42)
    assert {bar[0] for bar in bars_of(stage.wire.to(listener))} == {7}
    assert stage.wire.to(listener)[-1].arguments[0] == 7
