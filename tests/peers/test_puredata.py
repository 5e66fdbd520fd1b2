"""Pure Data as a peer: its own OSC objects, and nothing but floats where numbers are sent."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bridge import __version__
from bridge.doors.client import BridgeClient
from tests.peers.bridge_process import RunningBridge
from tests.peers.liblo import free_port

pytestmark = pytest.mark.skipif(
    not shutil.which("pd"), reason="no Pure Data test: pd is not installed (Debian: apt install puredata-core)"
)

PATCH = Path(__file__).with_name("client.pd")
BAR_ID, THRESHOLD, SEED = 7, 0.7, 42  # as the patch has them
OPTIONS = ("-nogui", "-noprefs", "-noaudio", "-nomidi", "-stderr")


@pytest.fixture(scope="module")
def pd_lines(running_bridge: RunningBridge) -> list[tuple[str, str]]:
    """What the patch printed, as (label, rest), in order; it ends by itself after the generate's /mai/done."""
    ports = f"ports {running_bridge.port} {free_port()}"
    ran = subprocess.run(
        ["pd", *OPTIONS, "-send", ports, str(PATCH)], capture_output=True, text=True, timeout=60, check=True
    )
    return [(label, rest) for label, _, rest in (line.partition(": ") for line in ran.stderr.splitlines()) if label]


def test_pd_is_welcomed_and_receives_twenty_bars_and_done(pd_lines: list[tuple[str, str]]) -> None:
    labels = [label for label, _ in pd_lines]
    assert labels == ["welcome", "done", "changed", *["bar"] * 20, "done"]
    band = r"4 4 12 Drums Piano Guitar Bass Strings"
    assert re.fullmatch(rf"1 {re.escape(__version__)} 1 tiny\\ 0 {band}", pd_lines[0][1])
    assert pd_lines[1][1] == "2 threshold 0.7"
    bars = [rest.split() for label, rest in pd_lines if label == "bar"]
    places = [(BAR_ID, bar, track) for bar in range(4) for track in range(5)]
    assert [tuple(int(value) for value in words[:3]) for words in bars] == places


def test_pd_hears_the_notes_that_the_bridges_own_client_hears(
    running_bridge: RunningBridge, pd_lines: list[tuple[str, str]]
) -> None:
    with BridgeClient(running_bridge.address) as client:
        client.request("/mai/set", "threshold", THRESHOLD)
        answer = client.request("/mai/generate", SEED)
    expected = [[float(value) for value in message.arguments[1:]] for message in answer[:-1]]
    bars = [[float(value) for value in rest.split()[1:]] for label, rest in pd_lines if label == "bar"]
    for heard, sent in zip(bars, expected, strict=True):
        assert heard == pytest.approx(sent, rel=1e-5)  # Pd prints six digits


def test_pd_complains_of_nothing(pd_lines: list[tuple[str, str]]) -> None:
    complaints = [(label, rest) for label, rest in pd_lines if label not in ("welcome", "done", "changed", "bar")]
    assert complaints == []  # an OSC type that Pd does not know would be "oscparse: unknown tag"
