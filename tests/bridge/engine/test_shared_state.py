"""What changes for all is told to who watches: at once, but a client that changes things in a loop is no flood."""

from __future__ import annotations

import pytest

from bridge.engine.shared_state import EVERY_SECONDS, StateNews
from bridge.protocol.osc_packet import OscMessage
from tests.bridge.engine.stage import STRANGER, Stage, error_of

DEVICE = ("127.0.0.1", 50001)
LISTENER = ("127.0.0.1", 50002)


def news(stage: Stage, *requests: tuple[str, *tuple[int | str, ...]]) -> list[tuple[object, ...]]:
    """What the listener is told when the device asks for this, and within a tenth of a second."""
    before = len(stage.wire.sent)
    for address, *arguments in requests:
        stage.say(DEVICE, address, 2, *arguments)
    stage.wait(0.1)
    heard = [message for message, receiver in stage.wire.sent[before:] if receiver == LISTENER]
    return [message.arguments for message in heard if message.address == "/mai/state"]


@pytest.fixture
def playing(stage: Stage) -> Stage:
    stage.say(LISTENER, "/mai/hello", 1, "listener", 0)
    stage.say(LISTENER, "/mai/watch", 2)
    stage.say(DEVICE, "/mai/hello", 1, "device", 0)
    stage.wait(0.1)
    return stage


def test_locks_latents_history_and_the_stream_are_told_to_every_client(playing: Stage) -> None:
    assert news(playing, ("/mai/generate", 42)) == []
    assert news(playing, ("/mai/generate", 43)) == [("undo", 1)]
    assert news(playing, ("/mai/history/undo",)) == [("undo", 0), ("redo", 1)]
    assert news(playing, ("/mai/lock", 2, 1)) == [("locks", "2")]
    assert news(playing, ("/mai/lock", 0, 1)) == [("locks", "0 2")]
    ((name, saved),) = news(playing, ("/mai/latent/save", "verse"))
    ((_, renamed),) = news(playing, ("/mai/latent/rename", "verse", "chorus"))
    assert name == "latents"
    assert saved != renamed
    assert news(playing, ("/mai/stream/start",)) == [("stream", 1)]
    assert news(playing, ("/mai/stream/stop",)) == [("stream", 0)]


def test_nothing_is_told_where_nothing_changed(playing: Stage) -> None:
    assert news(playing, ("/mai/lock", 2, 1)) == [("locks", "2")]
    assert news(playing, ("/mai/lock", 2, 1), ("/mai/status",)) == []


def test_who_begins_to_watch_is_told_all_and_who_ends_nothing_more(playing: Stage) -> None:
    done, *told = playing.say(DEVICE, "/mai/watch", 7, 1)
    assert (done.address, done.arguments) == ("/mai/done", (7,))
    assert {message.address for message in told} == {"/mai/state"}
    assert [message.arguments[0] for message in told] == ["locks", "latents", "model", "stream", "undo", "redo"]
    playing.say(DEVICE, "/mai/watch", 8, 0)
    before = len(playing.wire.sent)
    assert news(playing, ("/mai/lock", 2, 1)) == [("locks", "2")]
    assert [
        one for one, receiver in playing.wire.sent[before:] if receiver == DEVICE and one.address != "/mai/done"
    ] == []


def test_to_watch_needs_a_hello(stage: Stage) -> None:
    assert error_of(stage.say(STRANGER, "/mai/watch", 3))[2] == "not_ready"
    stage.say(STRANGER, "/mai/lock", 3, 2, 1)
    before = len(stage.wire.sent)
    stage.wait(0.2)
    assert stage.wire.sent[before:] == []


def test_a_hundred_changes_a_second_are_told_twenty_times_and_the_last_of_them_too() -> None:
    told = StateNews()
    assert told.take({"latents": -1}, 0.0) == []  # whoever begins to watch is told
    heard: list[OscMessage] = []
    for change in range(100):
        heard += told.take({"latents": change}, 1.0 + change / 100)
    assert 19 <= len(heard) <= 21
    last = {"latents": 100}
    assert told.take(last, 1.991) == []
    due = told.waits_until(last, 1.991)
    assert due is not None
    assert 1.991 < due <= 1.991 + EVERY_SECONDS
    assert told.take(last, due) == [OscMessage("/mai/state", ("latents", 100))]
    assert told.waits_until(last, 9.0) is None
