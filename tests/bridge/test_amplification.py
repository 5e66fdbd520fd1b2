"""How much a small request makes the bridge send, to whom, and that SECURITY.md says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.doors.address import Address
from bridge.protocol.osc_packet import build_message
from bridge.protocol.requests import REQUESTS
from tests.bridge.engine.stage import LIVE, STRANGER, Stage

SECURITY = (Path(__file__).parent.parent.parent / "SECURITY.md").read_text(encoding="utf-8")
LARGE = 10.0  # bytes sent for a byte that came
SAVED = 50

# One small request of each kind that is carried out on the stage below.
SMALL: dict[str, tuple[int | float | str, ...]] = {
    "/mai/hello": (1, "x", 0),
    "/mai/subscribe": (1,),
    "/mai/watch": (1,),
    "/mai/bye": (1,),
    "/mai/ping": (1,),
    "/mai/status": (1,),
    "/mai/generate": (1, 42),
    "/mai/regenerate": (1, -1, -1, 7),
    "/mai/latent/save": (1, "x"),
    "/mai/latent/recall": (1, "take 01"),
    "/mai/latent/delete": (1, "take 02"),
    "/mai/latent/rename": (1, "take 03", "y"),
    "/mai/latent/list": (1,),
    "/mai/latent/get": (1, "take 04"),
    "/mai/latent/put": (1, "z", "0" * 64, 0, 1, 0.5),
    "/mai/latent/capture": (1, "c"),
    "/mai/morph": (1, "take 05", 1.0),
    "/mai/morph/track": (1, 0, "take 06", 1.0),
    "/mai/lock": (1, 0, 0),
    "/mai/clip": (1, 0, 1, 0, 36, 100, 0.0, 0.5),
    "/mai/accompany": (1, 0),
    "/mai/set": (1, "swing", 0.1),
    "/mai/get": (1, "swing"),
    "/mai/stream/start": (1,),
    "/mai/stream/stop": (1,),
    "/mai/transport": (0.0, 120.0, 0),
    "/mai/model/list": (1,),
    "/mai/model/load": (1, "nobody"),
    "/mai/history/undo": (1,),
    "/mai/history/redo": (1,),
    "/mai/panic": (1,),
}
# What has to come first from the same sender, and is counted with it.
FIRST: dict[str, tuple[str, tuple[int | float | str, ...]]] = {
    "/mai/latent/capture": ("/mai/clip", SMALL["/mai/clip"]),
    "/mai/accompany": ("/mai/clip", SMALL["/mai/clip"]),
    "/mai/stream/start": ("/mai/transport", (0.0, 120.0, 1)),
}
LISTENED_SECONDS = 4.0  # two bars


def prepared(stage: Stage) -> Stage:
    """A band that has played, with a history and a library to ask for."""
    for number in range(SAVED):
        stage.say(LIVE, "/mai/generate", 1, number)
        stage.say(LIVE, "/mai/latent/save", 1, f"take {number:02}")
    stage.say(LIVE, "/mai/history/undo", 1)
    return stage


def factor(stage: Stage, address: str, source: Address) -> float:
    """Bytes sent to a source, which has not said hello, for each byte that came from it."""
    stage.wire.clear()
    asked = [*([FIRST[address]] if address in FIRST else []), (address, SMALL[address])]
    for one, arguments in asked:
        stage.say(source, one, *arguments)
    stage.wait(LISTENED_SECONDS)
    sent = sum(len(build_message(message.address, message.arguments)) for message in stage.wire.to(source))
    stage.say(LIVE, "/mai/stream/stop", 1)
    stage.say(LIVE, "/mai/transport", 0.0, 120.0, 0)
    return sent / sum(len(build_message(*one)) for one in asked)


def test_every_request_of_the_table_is_measured() -> None:
    assert set(SMALL) == set(REQUESTS)


@pytest.mark.parametrize("address", SMALL)
def test_whatever_is_asked_nothing_goes_to_another_address_or_to_a_port_nobody_announced(
    address: str, stage: Stage
) -> None:
    prepared(stage)
    stage.say(("10.0.0.9", 40000), "/mai/hello", 1, "other", 9000)
    stage.wire.clear()
    source = ("10.0.0.7", 41000)
    stage.say(source, address, *SMALL[address])
    stage.wait(1.0)
    assert {receiver for _, receiver in stage.wire.sent} <= {source, ("10.0.0.9", 9000)}


@pytest.mark.parametrize("port", [0, 1, 53, 9000, 65535])
def test_a_port_is_announced_for_the_address_that_the_datagram_came_from_alone(port: int, stage: Stage) -> None:
    stage.say(("10.0.0.7", 41000), "/mai/hello", 1, "x", port)
    stage.say(("10.0.0.7", 41000), "/mai/generate", 2, 42)
    assert {receiver for _, receiver in stage.wire.sent} == {("10.0.0.7", port or 41000)}


def test_a_stranger_at_another_address_is_never_taken_for_a_client(stage: Stage) -> None:
    stage.say(("10.0.0.7", 41000), "/mai/hello", 1, "oscsend", 9000)
    stage.wire.clear()
    stage.say(("10.0.0.8", 41000), "/mai/ping", 2)
    assert [receiver for _, receiver in stage.wire.sent] == [("10.0.0.8", 41000)]


def test_the_requests_that_are_answered_with_far_more_than_they_are_stand_in_security_md(stage: Stage) -> None:
    factors = {
        address: factor(prepared(stage), address, ("127.0.0.1", 51000 + number)) for number, address in enumerate(SMALL)
    }
    large = {address for address, times in factors.items() if times > LARGE}
    listed = set(re.findall(r"^\| `(/mai/[a-z/]+)` \|", SECURITY, re.MULTILINE))
    assert listed == large, {address: round(times) for address, times in factors.items()}


def test_a_datagram_that_is_no_message_is_answered_once_a_second_at_most(stage: Stage) -> None:
    for _ in range(1000):
        stage.inbox.receive(b"/nothing", STRANGER, stage.now)
    assert len(stage.wire.sent) == 1
    stage.time[0] += 1.0
    stage.inbox.receive(b"/nothing", STRANGER, stage.now)
    assert len(stage.wire.sent) == 2
