from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.logs.flood_gate import PERIOD_SECONDS, SAME_A_PERIOD
from bridge.logs.json_lines import FIELDS
from bridge.logs.log_file import LogFile
from bridge.logs.screen_log import screen_log

ROOT = Path(__file__).parent.parent.parent.parent
log = logging.getLogger("bridge.tests_of_the_log")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("bridge")
    before = (list(root.handlers), ours.level)
    yield
    assert (root.handlers, ours.level) == before, "close leaves logging as it was"


def test_what_the_bridge_tells_is_there_after_close_and_nothing_later(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "logs" / "maisynth.log")
    log.info("start", extra={FIELDS: {"model": "Free band"}})
    log.debug("not this")
    logging.getLogger("others").info("nor this")
    logging.getLogger("others").warning("but this %d", 1)
    file.close()
    log.warning("too late")
    told = lines(file.path)
    assert [line["message"] for line in told] == ["start", "but this 1"]
    assert told[0]["model"] == "Free band"
    assert (file.problem, file.lost) == (None, 0)


def test_a_traceback_is_in_its_line_and_an_argument_is_as_it_was_when_it_was_logged(tmp_path: Path) -> None:
    file, notes = LogFile(tmp_path / "maisynth.log"), [1]
    try:
        raise ZeroDivisionError("by zero")
    except ZeroDivisionError:
        log.exception("notes %s failed", notes)
    notes.append(2)
    file.close()
    (line,) = lines(file.path)
    assert line["message"] == "notes [1] failed"
    assert "ZeroDivisionError: by zero" in line["error"]


def test_the_files_never_take_more_than_their_room(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "maisynth.log", file_bytes=2000, older_files=2)
    for number in range(100):
        log.info(f"{number} {'x' * 100}")  # a message of its own each: none is left out as a repetition
    file.close()
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"maisynth.log", "maisynth.log.1", "maisynth.log.2"}
    assert max(sizes.values()) <= 2000
    assert lines(tmp_path / "maisynth.log")[-1]["message"].startswith("99 ")


def test_a_second_run_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    for number in range(2):
        file = LogFile(tmp_path / "maisynth.log")
        log.info("run %d", number)
        file.close()
    assert [line["message"] for line in lines(tmp_path / "maisynth.log")] == ["run 0", "run 1"]


def test_a_folder_that_cannot_be_made_is_told_and_stops_nobody(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    file = LogFile(tmp_path / "logs" / "maisynth.log")
    log.info("start")
    file.close()
    assert file.problem is not None
    assert "the bridge plays on without it" in file.problem
    assert file.lost == 1
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_costs_lines_and_is_written_to_again_when_there_is_room(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "maisynth.log"
    path.symlink_to("/dev/full")
    file = LogFile(path)
    log.info("lost")
    wait_until_written(file)
    assert "No space left" in str(file.problem)
    path.unlink()
    log.info("there is room again")
    file.close()
    assert [line["message"] for line in lines(path)] == ["there is room again"]
    assert (file.lost, file.problem) == (1, None)
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_disk_that_hangs_costs_lines_and_holds_up_neither_who_logs_nor_the_end(tmp_path: Path) -> None:
    program = f"""
import logging, os
from pathlib import Path
from bridge.logs.log_file import CAPACITY, LogFile
path = Path({str(tmp_path / "maisynth.log")!r})
os.mkfifo(path)
reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # takes 64 kB and no more, as a network disk that is gone
file = LogFile(path)
for number in range(CAPACITY + 3000):
    logging.getLogger("bridge").info(f"{{number}} {{'x' * 200}}")
file.close()
print(file.lost)
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) >= 2000


def test_a_record_that_cannot_be_put_into_words_is_counted_and_nothing_more(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest's own would raise
    file = LogFile(tmp_path / "maisynth.log")
    log.info("%d", "no number")
    file.close()
    assert file.lost == 1
    assert capfd.readouterr().err == ""


def test_a_flood_leaves_a_few_lines_and_says_how_many_it_was(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "maisynth.log")
    for _ in range(500):
        log.warning("the same")
    later = log.makeRecord(log.name, logging.WARNING, "", 0, "the same", (), None)
    later.created += PERIOD_SECONDS
    log.handle(later)
    file.close()
    told = [line["message"] for line in lines(file.path)]
    assert told == ["the same"] * SAME_A_PERIOD + ["the same (480 more like it were left out before)"]


def test_threads_that_log_at_once_lose_nothing(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "maisynth.log")

    def talk(name: str) -> None:
        for number in range(100):
            log.info(f"{name} {number}")

    threads = [threading.Thread(target=talk, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file.close()
    told = {line["message"] for line in lines(file.path)}
    assert told == {f"{name} {number}" for name in "abcd" for number in range(100)}


def test_the_screen_shows_warnings_in_words_and_not_what_is_told_in_fields(capsys: pytest.CaptureFixture[str]) -> None:
    handler = screen_log()
    for message, extra in (("late bars", {FIELDS: {"new": 1}}), ("the disk is slow", {})):
        record = log.makeRecord(log.name, logging.WARNING, "", 0, message, (), None, extra=extra)
        handler.handle(record)
    assert capsys.readouterr().err == "WARNING bridge.tests_of_the_log: the disk is slow\n"


def wait_until_written(file: LogFile) -> None:
    for _ in range(500):
        if file.lost:
            return
        threading.Event().wait(0.01)
    raise AssertionError("the record never reached the disk")
