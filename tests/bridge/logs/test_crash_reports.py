from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bridge.logs.crash_reports import KEPT, crash_reports, crash_text, untold_crash, write_crash

EVENING = 1_700_000_000.25


def test_a_report_says_when_where_why_and_what_is_known() -> None:
    try:
        raise ZeroDivisionError("by zero")
    except ZeroDivisionError as error:
        table = json.loads(crash_text(error, "osc", EVENING, {"provider": "CPUExecutionProvider", "requests": []}))
    assert (table["time"], table["thread"]) == ("2023-11-14T22:13:20.250Z", "osc")
    assert table["error"].endswith("ZeroDivisionError: by zero\n")
    assert "test_crash_reports.py" in table["error"]
    assert (table["provider"], table["requests"]) == ("CPUExecutionProvider", [])


def test_it_is_named_with_the_time_in_a_folder_that_is_made(tmp_path: Path) -> None:
    path = write_crash(tmp_path / "data" / "crashes", "{}", EVENING)
    assert path.name == f"crash-20231114T221320-250Z-{os.getpid()}.json"
    assert path.read_text() == "{}"


def test_the_newest_ten_are_kept_and_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    paths = [write_crash(tmp_path, "{}", EVENING + number) for number in range(KEPT + 3)]
    assert crash_reports(tmp_path) == paths[3:]
    assert (tmp_path / "mine.txt").exists()


def test_a_folder_that_cannot_be_made_is_an_error_to_the_caller_and_has_no_reports(tmp_path: Path) -> None:
    (tmp_path / "crashes").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="crashes"):
        write_crash(tmp_path / "crashes", "{}", EVENING)
    assert crash_reports(tmp_path / "crashes") == []
    assert untold_crash(tmp_path / "crashes") is None


def test_a_link_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "crash-20231114.json").symlink_to(tmp_path / "secret")
    assert crash_reports(tmp_path) == []


def test_a_report_is_told_of_once_and_the_next_one_again(tmp_path: Path) -> None:
    assert untold_crash(tmp_path) is None
    first = write_crash(tmp_path, "{}", EVENING)
    told = untold_crash(tmp_path)
    assert told is not None
    assert str(first) in told
    assert "maisynth doctor --report" in told
    assert untold_crash(tmp_path) is None
    second = write_crash(tmp_path, "{}", EVENING + 1)
    os.utime(second, ns=(first.stat().st_mtime_ns + 1_000_000_000,) * 2)
    assert str(second) in str(untold_crash(tmp_path))
    assert untold_crash(tmp_path) is None


def test_of_several_untold_ones_the_newest_is_named(tmp_path: Path) -> None:
    paths = [write_crash(tmp_path, "{}", EVENING + number) for number in range(3)]
    told = str(untold_crash(tmp_path))
    assert str(paths[-1]) in told
    assert "3 reports in all" in told
