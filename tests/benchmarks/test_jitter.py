"""Note-ons at a real JACK port, for a moment: who is measured, and that what was sent is heard."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks import jitter
from benchmarks.jack_loop import Ear, NoJack, jack_server, midi_ear
from benchmarks.rival_players import is_installed
from bridge.clock import now
from bridge.midi.midi_ports import note_off, note_on, open_midi_out
from tests.benchmarks.free_ports import free_port

PITCHES = range(40, 60)


def tell_a_listener() -> tuple[list[float], Ear]:
    """A note-on every 5 ms and a note-off, and what was heard of them; the times at which the note-ons left."""
    sent = []
    try:
        with jack_server():
            out = open_midi_out("jack", None, "told")
            try:
                with midi_ear("told:") as ear:
                    for pitch in PITCHES:
                        sent.append(now())
                        out.send(note_on(3, pitch, 77))
                        time.sleep(0.005)
                    out.send(note_off(3, PITCHES[0]))
                    time.sleep(0.2)
            finally:
                out.close()
    except NoJack as problem:
        pytest.skip(f"no JACK test: {problem}")
    return sent, ear


def test_a_listener_hears_what_is_sent_in_order_and_when() -> None:
    for _ in range(3):  # a server without real-time priority drops or repeats a period of 16 frames now and then
        sent, ear = tell_a_listener()
        if len(ear.heard) == len(PITCHES) + 1:
            break
    assert [one.message for one in ear.heard] == [*((0x93, pitch, 77) for pitch in PITCHES), (0x83, PITCHES[0], 64)]
    heard = [one.at for one in ear.heard if one.is_note_on]
    assert all(0.0 < came - left < 0.2 for left, came in zip(sent, heard, strict=True))


def test_a_port_that_nobody_opened_is_no_ear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "nobody")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    with pytest.raises(NoJack, match="'nowhere'"), midi_ear("nowhere"):
        pass


def test_the_table_shows_the_bridge_beside_a_rival(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ports = ["--port", str(free_port()), "--http-port", str(free_port(socket.SOCK_STREAM))]
    options = ["--model", str(tiny_model), "--seconds", "4", "--rivals", "mido", "isobar", "--rival-seconds", "1"]
    jitter.main([*options, *ports])
    told = capsys.readouterr().out
    if "no jitter is measured" in told:
        pytest.skip(f"no JACK test: {told}")
    players = ("the bridge", "floor", "mido")
    for row in (f"{player}, {timed}" for player in players for timed in ("sent", "heard at the port")):
        found = re.search(rf"^{row}\s+(\d+)\s+[\d.]+\s+[\d.]+\s+[\d.]+\s+[\d.]+$", told, re.MULTILINE)
        assert found, f"{row} is missing in\n{told}"
        assert int(found[1]) > 10
    assert is_installed("isobar") or "isobar: not installed" in told
    assert "promised at the port" in told


def test_percentiles_of_nothing_are_no_numbers_and_keep_no_promise() -> None:
    assert np.isnan(jitter.percentiles(np.array([]))).all()
