"""JACK's own MIDI monitor as the listener: what a synthesiser at the bridge's port would be told."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import rtmidi

from bridge.clock import now

_TOOLS = ("jack_midi_dump", "jack_connect", "jack_lsp")
# For pytestmark.
needs_jack_tools = [
    pytest.mark.skipif(
        not all(shutil.which(tool) for tool in _TOOLS),
        reason=f"no JACK listener: {', '.join(_TOOLS)} are not all installed (Debian: apt install jack-example-tools)",
    ),
    pytest.mark.skipif(
        rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api(), reason="this python-rtmidi was built without JACK"
    ),
]

Key = tuple[int, int]  # channel 0-15, pitch

# A JACK server without real-time priority loses or repeats a period's messages now and then.
SHARE_LOST_BY_JACK = 0.05

# A machine that stands still for this long drops notes of 20 ms, wherever they are: then there is nothing to measure.
STALLED_TOO_LONG = 0.05

_DUMPED = re.compile(r"(\d+): .*note (on|off)\s+\(channel\s+(\d+)\): pitch\s+(\d+)")


@dataclass(frozen=True, slots=True)
class Event:
    """A note-on or note-off as the monitor wrote it down; `kind` is "on" or "off"."""

    frame: int  # JACK's clock, 48,000 a second
    kind: str
    key: Key


def held(heard: Sequence[Event]) -> list[Event]:
    """The note-ons that nothing has ended."""
    last = {event.key: event for event in heard}
    return [event for event in last.values() if event.kind == "on"]


@dataclass(frozen=True, slots=True)
class Ear:
    """A monitor that listens."""

    port: str
    _dumped: Path

    def heard(self) -> list[Event]:
        """Every note-on and note-off so far."""
        return [
            Event(int(frame), kind, (int(channel), int(pitch)))
            for frame, kind, channel, pitch in _DUMPED.findall(self._dumped.read_text())
        ]

    def listen_to(self, port: str) -> None:
        """Connects an output."""
        subprocess.run(["jack_connect", port, self.port], check=True)

    def wait_until(self, true_of: Callable[[list[Event]], bool], seconds: float) -> bool:
        """Listens until something is true of what was heard; False when that has not come after so many seconds."""
        end = now() + seconds
        while not true_of(self.heard()):
            if now() > end:
                return False
            time.sleep(0.01)
        return True


@contextmanager
def ear(folder: Path) -> Iterator[Ear]:
    """JACK's MIDI monitor, writing to a file in the folder."""
    dumped = folder / "heard.txt"
    name = f"ear-{os.getpid()}"
    with dumped.open("wb") as out:
        dump = subprocess.Popen(["jack_midi_dump", "-a", name], stdout=out, stderr=subprocess.DEVNULL)
        try:
            port = f"{name}:input"
            _wait_for_port(port)
            yield Ear(port, dumped)
        finally:
            dump.terminate()
            try:
                dump.wait(3)
            except subprocess.TimeoutExpired:  # a client of a JACK server that does not answer
                dump.kill()
                dump.wait()


def _wait_for_port(port: str) -> None:
    end = now() + 10.0
    while port not in subprocess.run(["jack_lsp"], capture_output=True, text=True, check=False).stdout.splitlines():
        assert now() < end, f"JACK has no port {port}"
        time.sleep(0.05)
