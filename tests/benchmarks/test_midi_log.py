from __future__ import annotations

from pathlib import Path

from benchmarks.midi_log import LoggedMessage, read_log, write_log


def test_a_log_is_read_as_it_was_written_to_the_last_bit(tmp_path: Path) -> None:
    messages = [(41168.953151055, [0x99, 35, 100]), (0.1 + 0.2, (0x89, 35, 0)), (-1e-9, ()), (7.0, (0xF8,))]
    log = tmp_path / "log.txt"
    write_log(log, messages)
    assert read_log(log) == [LoggedMessage(at, tuple(message)) for at, message in messages]


def test_a_log_of_silence_is_empty(tmp_path: Path) -> None:
    write_log(tmp_path / "log.txt", [])
    assert read_log(tmp_path / "log.txt") == []
