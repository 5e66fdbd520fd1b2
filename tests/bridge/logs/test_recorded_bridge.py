"""The command as it is run: who may start a wider bridge, and what is left of one that crashed."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.doors.allow_list import NotAllowed
from bridge.engine.settings import BridgeSettings
from bridge.logs.places import log_file
from bridge.logs.recorded_bridge import recorded_bridge

ROOT = Path(__file__).parent.parent.parent.parent


def options(model: Path, folder: Path) -> list[str]:
    return [
        *("--model", str(model), "--library", str(folder / "l.sqlite"), "--models", str(folder)),
        *("--port", "0", "--no-http", "--midi-api", "none", "--provider", "cpu"),
    ]


def settings(model: Path, folder: Path, host: str, allow: Sequence[str] = ()) -> BridgeSettings:
    library = folder / "l.sqlite"
    return BridgeSettings(
        model, library, host, tuple(allow), port=0, http_port=None, provider="cpu", midi_api="none", models=folder
    )


@pytest.mark.parametrize("host", ["0.0.0.0", ""])
def test_serve_refuses_a_wider_host_until_somebody_is_named_and_says_what_to_do(
    host: str, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--host", host, *options(tiny_model, tmp_path)]) == 1
    assert "--allow 192.168.0.0/24" in capsys.readouterr().err
    assert '"not started"' in log_file(tmp_path / "l.sqlite").read_text()


def test_nothing_is_opened_for_a_host_that_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed), recorded_bridge(settings(tiny_model, tmp_path, "0.0.0.0"), (OSError,)):
        pytest.fail("it opened")
    assert not (tmp_path / "l.sqlite").exists()


def test_a_wider_bridge_warns_in_words_on_the_screen_and_in_the_log(tiny_model: Path, tmp_path: Path) -> None:
    wide = settings(tiny_model, tmp_path, "0.0.0.0", ["192.168.0.0/24"])
    with recorded_bridge(wide, (OSError,)) as (bridge, _):
        assert "everyone at 192.168.0.0/24" in bridge.notices[0]
    lines = [json.loads(line) for line in log_file(wide.library).read_text().splitlines()]
    (warned,) = (line for line in lines if line["message"] == "notice at the start")
    assert (warned["level"], warned["said"]) == ("warning", bridge.notices[0])


def test_a_bridge_on_this_machine_alone_warns_of_nothing(tiny_model: Path, tmp_path: Path) -> None:
    with recorded_bridge(settings(tiny_model, tmp_path, "127.0.0.1"), ()) as (bridge, _):
        assert not [notice for notice in bridge.notices if "beyond this machine" in notice]


def test_logging_is_as_it_was_when_the_bridge_has_ended(tiny_model: Path, tmp_path: Path) -> None:
    before = (list(logging.getLogger().handlers), sys.excepthook)
    with recorded_bridge(settings(tiny_model, tmp_path, "127.0.0.1"), ()):
        assert len(logging.getLogger().handlers) == len(before[0]) + 1
    assert (logging.getLogger().handlers, sys.excepthook) == before


def test_a_crash_of_the_command_is_told_at_the_next_start(tiny_model: Path, tmp_path: Path) -> None:
    program = f"""
import sys
from bridge.__main__ import main
from bridge.daemon import Bridge
Bridge.run = lambda bridge, show: 1 / 0
sys.exit(main({["serve", *options(tiny_model, tmp_path)]!r}))
"""
    crashed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert crashed.returncode == 1
    assert "a crash report was written" in crashed.stderr
    assert "ZeroDivisionError" in crashed.stderr
    (report,) = (tmp_path / "crashes").glob("crash-*.json")
    with recorded_bridge(settings(tiny_model, tmp_path, "127.0.0.1"), ()) as (bridge, _):
        assert str(report) in " ".join(bridge.notices)
