"""The log and the crash report of a real bridge, opened in this process with a clock that the test turns."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge import __version__
from bridge.daemon import Bridge
from bridge.engine.settings import BridgeSettings
from bridge.logs.crash_reports import crash_reports
from bridge.logs.flight_recorder import LOOK_EVERY_SECONDS, FlightRecorder
from bridge.logs.places import crash_folder, log_file
from bridge.protocol.osc_packet import build_message

LIVE = ("127.0.0.1", 50001)


@pytest.fixture
def settings(tiny_model: Path, tmp_path: Path) -> BridgeSettings:
    return BridgeSettings(
        tiny_model, tmp_path / "l.sqlite", port=0, http_port=None, provider="cpu", midi_api="none", models=tmp_path
    )


@pytest.fixture
def bridge(settings: BridgeSettings) -> Iterator[Bridge]:
    with Bridge(settings) as opened:
        yield opened


def told(settings: BridgeSettings) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log_file(settings.library).read_text().splitlines()]


def say(bridge: Bridge, address: str, *arguments: int | float | str) -> None:
    bridge.inbox.receive(build_message(address, arguments), LIVE, 100.0)
    while (letter := bridge.inbox.take(0.0)) is not None:
        bridge.engine.handle(letter, 100.0)


def test_the_log_tells_of_the_start_of_clients_of_errors_and_of_the_end(
    bridge: Bridge, settings: BridgeSettings
) -> None:
    time = [100.0]
    with FlightRecorder(settings, now=lambda: time[0]) as recorder:
        recorder.watch(bridge)
        recorder.look()
        say(bridge, "/mai/hello", 1, "Live", 0)
        say(bridge, "/mai/latent/recall", 2, "nobody")
        recorder.look()  # too soon: nothing yet
        time[0] += LOOK_EVERY_SECONDS
        recorder.look()
    lines = [line for line in told(settings) if line["message"] != "error answered"]  # see test_told_errors.py
    assert [line["message"] for line in lines] == ["start", "client came", "requests refused", "stop"]
    start, client, errors, stop = lines
    assert start["versions"]["maisynth"] == __version__
    assert start["versions"]["numpy"]
    assert (start["model_hash"], start["provider"]) == ("0" * 64, "CPUExecutionProvider")
    assert client["name"] == "Live"
    assert errors["new"] == stop["rejected"] == 1
    assert crash_reports(crash_folder(settings.library)) == []


def test_a_crash_report_holds_versions_the_system_the_provider_the_model_and_the_last_requests(
    bridge: Bridge, settings: BridgeSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ZeroDivisionError), FlightRecorder(settings) as recorder:  # noqa: PT012  # the block crashes
        recorder.watch(bridge)
        say(bridge, "/mai/hello", 1, "Live", 0)
        for number in range(150):
            say(bridge, "/mai/latent/recall", number, f"{number} {'x' * 300}")
        raise ZeroDivisionError("by zero")
    (path,) = crash_reports(crash_folder(settings.library))
    report = json.loads(path.read_text())
    assert "ZeroDivisionError: by zero" in report["error"]
    assert report["versions"]["maisynth"] == __version__
    assert sys.platform in report["versions"]["system"]
    assert (report["model_hash"], report["provider"]) == ("0" * 64, "CPUExecutionProvider")
    assert [one["values"]["id"] for one in report["requests"]] == list(range(50, 150))
    assert max(len(one["values"]["name"]) for one in report["requests"]) == 80
    crash, stop = (line for line in told(settings) if line["message"] in ("crash", "stop"))
    assert crash["report"] == str(path)
    assert "by zero" in crash["error"]
    assert stop["rejected"] == 150
    assert str(path) in capsys.readouterr().err


def test_the_next_start_says_where_the_report_is_and_the_one_after_does_not(settings: BridgeSettings) -> None:
    with pytest.raises(ZeroDivisionError), FlightRecorder(settings):
        raise ZeroDivisionError
    (path,) = crash_reports(crash_folder(settings.library))
    with FlightRecorder(settings) as recorder:
        (notice,) = recorder.notices
        assert str(path) in notice
    with FlightRecorder(settings) as recorder:
        assert recorder.notices == []


def test_a_thread_that_dies_leaves_a_report_that_names_it_and_the_bridge_goes_on(
    bridge: Bridge, settings: BridgeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", heard.append)
    with FlightRecorder(settings) as recorder:
        recorder.watch(bridge)
        thread = threading.Thread(target=lambda: 1 / 0, name="a player")
        thread.start()
        thread.join()
    (path,) = crash_reports(crash_folder(settings.library))
    assert json.loads(path.read_text())["thread"] == "a player"
    assert len(heard) == 1, "whoever listened before still hears of it"
    assert threading.excepthook == heard.append


def test_an_exception_that_nobody_catches_leaves_one_report(
    settings: BridgeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: shown.append(error))
    error = ZeroDivisionError("by zero")
    with FlightRecorder(settings) as recorder:
        sys.excepthook(ZeroDivisionError, error, None)
        sys.excepthook(ZeroDivisionError, error, None)
        recorder.crashed(KeyboardInterrupt(), "MainThread")
    assert len(crash_reports(crash_folder(settings.library))) == 1
    assert shown == [error, error]


def test_what_keeps_the_bridge_from_starting_is_told_and_is_no_crash(settings: BridgeSettings) -> None:
    with pytest.raises(OSError, match="taken"), FlightRecorder(settings, (OSError,)):
        raise OSError("the port is taken")
    (line,) = told(settings)
    assert (line["message"], line["said"]) == ("not started", "the port is taken")
    assert crash_reports(crash_folder(settings.library)) == []


def test_the_same_error_once_it_runs_is_a_crash(bridge: Bridge, settings: BridgeSettings) -> None:
    with pytest.raises(OSError, match="gone"), FlightRecorder(settings, (OSError,)) as recorder:  # noqa: PT012
        recorder.watch(bridge)
        raise OSError("the disk is gone")
    assert len(crash_reports(crash_folder(settings.library))) == 1


def test_where_nothing_can_be_written_the_band_plays_and_the_error_comes_out_as_it_was(
    bridge: Bridge, settings: BridgeSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("logs", "crashes"):
        (settings.library.parent / folder).write_text("a file where the folder should be")
    with pytest.raises(ZeroDivisionError, match="by zero"), FlightRecorder(settings) as recorder:  # noqa: PT012
        assert "cannot be written" in recorder.notices[0]
        recorder.watch(bridge)
        recorder.look()
        raise ZeroDivisionError("by zero")
    assert "the crash report could not be written" in capsys.readouterr().err


def test_a_bridge_that_cannot_be_looked_at_plays_on(
    bridge: Bridge, settings: BridgeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FlightRecorder(settings) as recorder:
        recorder.watch(bridge)
        monkeypatch.delattr(bridge.engine, "counters")
        recorder.look()
    assert "the bridge could not be looked at" in [line["message"] for line in told(settings)]
