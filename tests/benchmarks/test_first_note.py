"""Presses of a real bridge, and the table that is made of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import first_note
from benchmarks.bridge_process import bridge_process
from benchmarks.jack_loop import NoJack
from benchmarks.midi_log import LoggedMessage
from benchmarks.presses import Press, delays, first_notes, press_often
from bridge.doors.client import BridgeClient
from tests.benchmarks.free_ports import free_port


@pytest.fixture(scope="module")
def client(tiny_model: Path) -> Iterator[BridgeClient]:
    with bridge_process(tiny_model, free_port()) as client:
        yield client


@pytest.mark.parametrize("seeded", [True, False])
def test_a_press_is_timed_to_its_first_bar_and_to_its_end(client: BridgeClient, seeded: bool) -> None:
    presses = press_often(client, 3, seeded, tracks=5)
    assert len(presses.echo) == len(presses.made) == 3
    for press in presses.made:
        assert 0.0 < press.first_bar < press.phrase < 5.0
    assert all(later.at > press.at + press.phrase for press, later in pairwise(presses.made))


def on(at: float, velocity: int = 100) -> LoggedMessage:
    return LoggedMessage(at, (0x90, 60, velocity))


def test_the_first_note_of_a_press_is_the_first_that_is_heard_after_it() -> None:
    presses = [Press(1.0, 0.1, 0.2, True), Press(2.0, 0.1, 0.2, True)]
    heard = [on(0.9), on(1.003), on(1.5), on(2.0005, velocity=0), on(2.002), on(2.003)]
    assert first_notes(presses, heard) == pytest.approx([0.003, 0.002])


def test_a_phrase_that_begins_with_a_rest_or_was_not_heard_says_nothing() -> None:
    presses = [Press(1.0, 0.1, 0.2, False), Press(2.0, 0.1, 0.2, True), Press(3.0, 0.1, 0.2, True)]
    assert first_notes(presses, [on(1.003), on(2.9)]) == []
    assert first_notes(presses, []) == []


def test_a_note_that_jack_lost_does_not_shift_the_delays_of_the_others() -> None:
    sent = [(1.0, 60), (2.0, 61), (3.0, 62), (4.0, 63)]
    heard = [LoggedMessage(2.001, (0x90, 61, 100)), LoggedMessage(4.002, (0x90, 63, 100))]
    assert delays(sent, heard) == pytest.approx([0.001, 0.002])
    assert delays(sent, []) == delays([], heard) == []


def test_the_table_has_every_figure_beside_its_floor_and_its_stages(
    tiny_model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_jack() -> None:
        raise NoJack("there is no JACK in this test")

    monkeypatch.setattr(first_note, "jack_server", no_jack)
    port = str(free_port())
    first_note.main(["--model", str(tiny_model), "--triggers", "3", "--port", port, "--stages"])
    told = capsys.readouterr().out
    for row in (
        "UDP echo through the engine (floor)", "generator alone, first bar (floor)", "button to first bar",
        "seed to first bar", "generator alone, phrase (floor)", "button to phrase", "seed to phrase",
        "read", "queue", "choose", "first_model", "first_notes", "first_send", "the way there and back",
    ):  # fmt: skip
        found = re.search(rf"^{re.escape(row)}[^\d\n-]*(-?\d+\.\d\d)", told, re.MULTILINE)
        assert found, f"{row} is missing in\n{told}"
    assert "first MIDI note: not measured, there is no JACK in this test" in told
    assert re.search(r"promised: .*: button \w+, seed \w+", told)


def test_under_load_nothing_is_auditioned_and_the_table_says_so(
    tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = str(free_port())
    first_note.main(["--model", str(tiny_model), "--triggers", "2", "--port", port, "--under-load"])
    told = capsys.readouterr().out
    assert "while streaming and morphing" in told
    assert "first MIDI note: not measured, for while a stream runs" in told
