"""Pure Data as a peer that generates, saves and morphs: its own OSC objects, and floats where numbers are sent."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from bridge import __version__
from bridge.doors.client import BridgeClient
from bridge.protocol.osc_packet import OscMessage
from tests.peers.bridge_process import RunningBridge
from tests.peers.liblo import free_port

pytestmark = pytest.mark.skipif(
    not shutil.which("pd"), reason="no Pure Data test: pd is not installed (Debian: apt install puredata-core)"
)

PATCH = Path(__file__).with_name("client.pd")
THRESHOLD = 0.7  # as the patch has it, and its ids
GENERATED, SAVED, GENERATED_ANEW, SAVED_ANEW, MORPHED = 7, 8, 9, 10, 11
SEED_OF = {GENERATED: 42, GENERATED_ANEW: 43}
OPTIONS = ("-nogui", "-noprefs", "-noaudio", "-nomidi", "-stderr")


@pytest.fixture(scope="module")
def pd_lines(running_bridge: RunningBridge) -> list[tuple[str, str]]:
    """What the patch printed, as (label, rest), in order; it ends by itself after the morph's /mai/done."""
    ports = f"ports {running_bridge.port} {free_port()}"
    ran = subprocess.run(
        ["pd", *OPTIONS, "-send", ports, str(PATCH)], capture_output=True, text=True, timeout=60, check=True
    )
    return [(label, rest) for label, _, rest in (line.partition(": ") for line in ran.stderr.splitlines()) if label]


def bars(lines: list[tuple[str, str]], request_id: int) -> list[list[float]]:
    """What came for one request, without its id: bar, track, part, parts, start_beat, then the notes."""
    heard = [[float(value) for value in rest.split()] for label, rest in lines if label == "bar"]
    return [values[1:] for values in heard if values[0] == request_id]


def test_pd_is_welcomed_and_every_request_is_done_in_turn(pd_lines: list[tuple[str, str]]) -> None:
    labels = [label for label, _ in pd_lines]
    phrase = [*["bar"] * 20, "done"]
    assert labels == ["welcome", "done", "changed", *phrase, "done", *phrase, "done", *phrase]
    band = r"4 4 12 Drums Piano Guitar Bass Strings"
    assert re.fullmatch(rf"1 {re.escape(__version__)} 1 tiny\\ 0 {band}", pd_lines[0][1])
    done = [rest.split() for label, rest in pd_lines if label == "done"]
    assert done[0] == ["2", "threshold", "0.7"]
    assert [int(words[0]) for words in done[1:]] == [GENERATED, SAVED, GENERATED_ANEW, SAVED_ANEW, MORPHED]
    assert [done[2][1], done[4][1]] == ["dawn", "dusk"]


@pytest.mark.parametrize("request_id", [GENERATED, GENERATED_ANEW, MORPHED])
def test_pd_receives_every_bar_of_every_track(pd_lines: list[tuple[str, str]], request_id: int) -> None:
    places = [(bar, track) for bar in range(4) for track in range(5)]
    assert [tuple(values[:2]) for values in bars(pd_lines, request_id)] == places


def expected_bars(answer: Sequence[OscMessage]) -> list[list[float]]:
    return [[float(value) for value in message.arguments[1:]] for message in answer[:-1]]


@pytest.mark.parametrize("request_id", SEED_OF)
def test_pd_hears_the_notes_that_the_bridges_own_client_hears(
    running_bridge: RunningBridge, pd_lines: list[tuple[str, str]], request_id: int
) -> None:
    with BridgeClient(running_bridge.address) as client:
        client.request("/mai/set", "threshold", THRESHOLD)
        expected = expected_bars(client.request("/mai/generate", SEED_OF[request_id]))
    for heard, sent in zip(bars(pd_lines, request_id), expected, strict=True):
        assert heard == pytest.approx(sent, rel=1e-5)  # Pd prints six digits


def test_pd_morphs_between_the_latents_that_it_saved(
    running_bridge: RunningBridge, pd_lines: list[tuple[str, str]]
) -> None:
    with BridgeClient(running_bridge.address) as client:
        client.request("/mai/set", "threshold", THRESHOLD)
        expected = expected_bars(client.request("/mai/morph", "dawn", 0.5, "dusk", 0.5))
    between = bars(pd_lines, MORPHED)
    for heard, sent in zip(between, expected, strict=True):
        assert heard == pytest.approx(sent, rel=1e-5)
    assert between != bars(pd_lines, GENERATED)
    assert between != bars(pd_lines, GENERATED_ANEW)


def test_pd_complains_of_nothing(pd_lines: list[tuple[str, str]]) -> None:
    complaints = [(label, rest) for label, rest in pd_lines if label not in ("welcome", "done", "changed", "bar")]
    assert complaints == []  # an OSC type that Pd does not know would be "oscparse: unknown tag"
