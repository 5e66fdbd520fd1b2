"""What goes wrong is said in a sentence that tells what to do, and changes nothing."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from tests.reaper.scene import needs_lua, play
from tests.reaper.served import HttpBridge

pytestmark = needs_lua

ACTIONS = ("Generate", "Recall latent", "Choose morph latents", "Panic")


@pytest.mark.parametrize("action", ACTIONS)
def test_a_bridge_that_does_not_run_is_said(action: str) -> None:
    told = play(f"stage.run({action!r})")
    (window,) = told["windows"]
    assert window["text"] == "The bridge is not running: start it with maisynth serve, then try again."
    assert told["project"] == {"tracks": [], "undo": []}


def test_curl_that_is_missing_is_said() -> None:
    told = play("stage.machine.answer = function() return nil end stage.run('Generate')")
    assert told["windows"][0]["text"].startswith("curl is missing: ")
    unfound = play(
        "stage.machine.programs = {} stage.machine.answer = function() return '127\\n' end stage.run('Panic')"
    )
    assert unfound["windows"][0]["text"].startswith("curl is missing: ")


def test_what_the_bridge_refuses_is_said_in_its_words(bridge: HttpBridge) -> None:
    told = bridge.play("stage.select(0, 2000) stage.run('Generate')")
    (window,) = told["windows"]
    assert window["text"] == "The bridge says: bars is 1000, expected 1 to 512."
    assert told["project"] == {"tracks": [], "undo": []}


def test_a_bridge_that_hangs_is_given_up(bridge: HttpBridge) -> None:
    told = bridge.play("stage.machine.answer = function() return '28\\n000' end stage.run('Panic')")
    assert told["windows"][0]["text"].startswith("The bridge did not answer in time")


@pytest.mark.parametrize(
    "answer",
    ["0\\n/mai/welcome 1 0.1\\n200", "0\\n200", '0\\n/mai/welcome 1 "half\\nend\\n200', "0\\nhello\\nend\\n200"],
)
def test_an_answer_that_is_no_answer_changes_nothing(answer: str) -> None:
    told = play(f"stage.machine.answer = function() return '{answer}' end stage.run('Generate')")
    (window,) = told["windows"]
    assert "stack traceback" not in window["text"]
    assert ".lua:" not in window["text"], "a sentence, no line of a program"
    assert told["project"] == {"tracks": [], "undo": []}


@pytest.fixture
def stranger() -> Iterator[int]:
    """The port of a program that is no bridge."""
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_another_program_at_the_port_is_said(stranger: int) -> None:
    told = play("stage.run('Generate')", port=stranger)
    assert told["windows"][0]["text"].startswith("The bridge refused (HTTP 501): ")


def test_an_error_while_the_project_changes_is_still_one_undo_point(bridge: HttpBridge) -> None:
    told = bridge.play("stage.run('Add controls')")
    (window,) = told["windows"]
    assert window["text"].startswith("Reaper does not find the effect MAIsynthesizer controls")
    assert told["project"]["tracks"] == []


def test_the_port_is_asked_for_remembered_and_used(bridge: HttpBridge) -> None:
    told = play(f"stage.machine.inputs = {{ '{bridge.http_port}' }} stage.run('Choose port') stage.run('Panic')")
    assert [window["title"] for window in told["windows"]] == ["MAIsynthesizer: choose port"]
    assert f"http://127.0.0.1:{bridge.http_port}/v1/mai/panic" in told["commands"][0]


@pytest.mark.parametrize("typed", ["", "0", "70000", "77.5", "none"])
def test_what_is_no_port_is_refused(typed: str) -> None:
    told = play(f"stage.machine.inputs = {{ '{typed}' }} stage.run('Choose port')")
    assert told["windows"][-1]["text"] == f'The port is "{typed}", expected a whole number from 1 to 65535.'


def test_in_windows_the_systems_own_curl_is_run() -> None:
    told = play(r"""
        stage.machine.system = 'Win64'
        os.getenv = function(name) return name == 'SystemRoot' and 'C:\\Windows' or nil end
        stage.machine.programs = { ['C:\\Windows\\System32\\curl.exe'] = true }
        stage.machine.answer = function(command) return '7\n' end
        stage.run('Panic')
    """)
    assert told["commands"][0].startswith("C:\\Windows\\System32\\curl.exe -q -s ")


def test_no_action_leaves_an_undo_point_of_its_own(bridge: HttpBridge) -> None:
    told = bridge.play("stage.run('Panic') stage.run('Save latent') stage.run('Choose port')")
    assert told["project"]["undo"] == []
