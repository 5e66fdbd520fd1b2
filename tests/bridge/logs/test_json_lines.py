from __future__ import annotations

import json
import logging
import math
from typing import Any

import pytest

from bridge.logs.json_lines import FIELDS, MAX_TEXT_CHARACTERS, MAX_TRACE_CHARACTERS, JsonLines, iso_time, plain


def record(message: str, *arguments: object, **extra: Any) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "bridge.here", "levelno": logging.INFO, "levelname": "INFO"} | extra)
    made.msg, made.args, made.created, made.process = message, arguments, 1_700_000_000.25, 42
    return made


def line_of(made: logging.LogRecord) -> dict[str, Any]:
    text = JsonLines().format(made)
    assert "\n" not in text
    line: dict[str, Any] = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    return line


def test_a_record_is_one_line_with_its_time_in_utc() -> None:
    line = line_of(record("%s\nand %d", "one", 2, **{FIELDS: {"model": "Free band"}}))
    assert line == {
        "time": "2023-11-14T22:13:20.250Z",
        "level": "info",
        "from": "bridge.here",
        "pid": 42,
        "message": "one\nand 2",
        "model": "Free band",
    }


def test_a_field_cannot_take_the_place_of_what_every_line_has() -> None:
    assert line_of(record("true", **{FIELDS: {"message": "false", "time": 0}}))["message"] == "true"


def test_what_json_cannot_hold_is_told_as_text() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError

    values = {"a": math.nan, "b": -math.inf, "c": Broken(), "d": b"\xff", "e": "\ud800", "f": {1, 2}, "g": {3: None}}
    line = line_of(record("x", **{FIELDS: values}))
    assert [line[name] for name in "abdfg"] == ["nan", "-inf", "b'\\xff'", [1, 2], {"3": None}]
    assert "Broken" in line["c"]
    assert line["e"] == "\ud800"


def test_long_texts_long_lists_and_deep_tables_are_shortened() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert len(plain("x" * 5000)) == MAX_TEXT_CHARACTERS
    assert plain("x" * MAX_TEXT_CHARACTERS) == "x" * MAX_TEXT_CHARACTERS
    assert plain([1, 2, 3], items=2) == [1, 2, "… and 1 more"]
    assert len(json.dumps(plain(endless))) < 200


def test_of_a_traceback_the_end_is_kept() -> None:
    try:
        raise ValueError("x" * 20_000 + " the end")
    except ValueError as error:
        line = line_of(record("failed", exc_info=(ValueError, error, error.__traceback__)))
    assert len(line["error"]) == MAX_TRACE_CHARACTERS
    assert line["error"].endswith("the end")


def test_times_are_written_so_that_they_sort() -> None:
    assert iso_time(0.0) == "1970-01-01T00:00:00.000Z"
    assert iso_time(9.9994) < iso_time(10.0)
