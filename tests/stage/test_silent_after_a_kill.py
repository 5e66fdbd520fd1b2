"""kill -9 while notes sound at a MIDI port: the next bridge at that port ends them before it plays."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import kills_lives
from benchmarks.jack_loop import NoJack, jack_server
from benchmarks.kills import JACK_PERIOD
from benchmarks.kills_lives import Lives
from tests.peers.jack_ear import ear, needs_jack_tools

pytestmark = needs_jack_tools


def test_what_a_kill_left_sounding_ends_with_the_next_start(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kills_lives, "SHARE_OF_EARLY_KILLS", 0.0)
    monkeypatch.setattr(kills_lives, "TEMPO", 20.0)  # so that notes last
    try:
        with jack_server(JACK_PERIOD), ear(tmp_path) as listener:
            lives = Lives(tiny_model, tmp_path, seed=3, ear=listener)
            lives.begin()
            for _ in range(3):
                lives.kill_one()
            lives.end()
    except NoJack as problem:
        pytest.skip(f"no JACK test: {problem}")
    assert lives.kills.with_notes > 0, "no kill came while a note sounded"
    assert list(lives.kills.faults()) == []
