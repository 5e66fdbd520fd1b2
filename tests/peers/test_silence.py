"""However a bridge that plays comes to its end, a synthesiser at its port hears every note end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.doors.client import BridgeClient
from tests.peers.bridge_process import RunningBridge, serve
from tests.peers.jack_ear import STALLED_TOO_LONG, Event, ear, held, needs_jack_tools
from tests.peers.stall_log import StallLog

pytestmark = [
    *needs_jack_tools,
    pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="the signals of POSIX"),
]

ROOT = Path(__file__).parent.parent.parent
SLOWEST_TEMPO = 20.0  # quarter notes a minute: the tiny model's notes last a quarter of a second
NOTES_AT_ONCE = 3  # that sound when the end comes

# Put into the bridge's process: on SIGUSR1 one of its threads fails, wherever it is.
FAULTS = """
import os, signal
from bridge.engine.engine import Engine
from bridge.midi.note_schedule import NoteSchedule

asked = []
signal.signal(signal.SIGUSR1, lambda *_: asked.append("now"))


def failing(work):
    def fail_once(self, now):
        if asked:
            asked.clear()
            raise RuntimeError("this thread fails")
        return work(self, now)
    return fail_once


if os.environ["FAULT"] == "engine":
    Engine.tick = failing(Engine.tick)
else:
    NoteSchedule.due = failing(NoteSchedule.due)
"""


@dataclass(frozen=True)
class Ending:
    """What a monitor heard of one evening that ended somehow."""

    before: list[Event]  # up to the end
    heard: list[Event]  # and after it
    stalled: float  # seconds for which the machine stood still

    @property
    def is_conclusive(self) -> bool:
        """JACK has lost no note-on's end before the one that matters; it has no real-time priority here."""
        return len(held(self.before)) >= NOTES_AT_ONCE and not held(self.heard)


def listen_to_an_ending(
    model: Path,
    folder: Path,
    end: Callable[[RunningBridge, BridgeClient], object],
    environment: dict[str, str] | None = None,
    soon: float | None = None,
) -> Ending:
    """A phrase is played very slowly, and while several notes sound, `end` comes.

    `soon`: the bridge does not end, but is silent before so many seconds are over.
    """
    with (
        StallLog() as stalls,
        serve(model, folder / "library.sqlite", midi_api="jack", environment=environment) as bridge,
        ear(folder) as listener,
        BridgeClient(bridge.address) as client,
    ):
        listener.listen_to("MAIsynthesizer:MAIsynthesizer")
        client.request("/mai/hello", "listener", client.port)
        client.request("/mai/set", "tempo", SLOWEST_TEMPO)
        client.request("/mai/generate", 42)
        listener.wait_until(lambda heard: len(held(heard)) >= NOTES_AT_ONCE, 10.0)
        before = listener.heard()
        end(bridge, client)
        if soon is None:
            bridge.process.wait(15.0)
        else:
            listener.wait_until(lambda heard: not held(heard), soon)
        time.sleep(0.1)  # the monitor writes what it heard
        return Ending(before, listener.heard(), stalls.seconds)


def hear_it_end(
    model: Path,
    folder: Path,
    end: Callable[[RunningBridge, BridgeClient], object],
    environment: dict[str, str] | None = None,
    soon: float | None = None,
) -> None:
    """Three times at most: a JACK server without real-time priority loses a message now and then."""
    for attempt in range(3):
        (folder / str(attempt)).mkdir()
        ending = listen_to_an_ending(model, folder / str(attempt), end, environment, soon)
        if ending.is_conclusive:
            return
    if ending.stalled > STALLED_TOO_LONG:
        pytest.skip(f"nothing to conclude: the machine stood still for {ending.stalled:.2f} s meanwhile")
    assert len(held(ending.before)) >= NOTES_AT_ONCE, "too little sounded for the end to cut anything"
    ons = sum(event.kind == "on" for event in ending.heard)
    assert held(ending.heard) == [], f"{ons} note-ons, {len(ending.heard) - ons} note-offs"


@pytest.fixture(autouse=True)
def jack(monkeypatch: pytest.MonkeyPatch, jack_server: str) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", jack_server)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: signal.Signals(number).name)
def test_a_signal_ends_every_note(tiny_model: Path, tmp_path: Path, number: signal.Signals) -> None:
    hear_it_end(tiny_model, tmp_path, lambda bridge, _: bridge.process.send_signal(number))


def test_panic_ends_every_note_and_the_bridge_goes_on(tiny_model: Path, tmp_path: Path) -> None:
    hear_it_end(tiny_model, tmp_path, lambda _, client: client.request("/mai/panic"), soon=0.05)


@pytest.mark.parametrize("thread", ["engine", "player"])
def test_a_thread_that_fails_ends_every_note(tiny_model: Path, tmp_path: Path, thread: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(FAULTS)
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]), "FAULT": thread}
    hear_it_end(
        tiny_model,
        tmp_path,
        lambda bridge, _: bridge.process.send_signal(signal.SIGUSR1),
        environment,
        soon=None if thread == "engine" else 1.0,  # it fails when it has something to do
    )
