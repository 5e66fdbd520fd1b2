"""Questions at the terminal."""

from __future__ import annotations

import builtins
import io
import sys
from pathlib import Path

import pytest

from bridge.install.asking import ask, ask_for_folder, says_yes


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())


def test_where_nobody_sits_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    assert ask("really? ") == ""
    assert not says_yes("really?")
    assert ask_for_folder("where? ") is None


@pytest.mark.usefixtures("terminal")
def test_a_terminal_that_is_closed_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(_question: str) -> str:
        raise EOFError

    monkeypatch.setattr(builtins, "input", end)
    assert ask("really? ") == ""


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("form", ["{}", "'{}'", '"{}"', "  {}  "])
def test_a_folder_that_is_dropped_is_read_as_terminals_write_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    folder = tmp_path / "User Library"
    folder.mkdir()
    monkeypatch.setattr(builtins, "input", lambda _question: form.format(folder))
    assert ask_for_folder("where? ") == folder
    monkeypatch.setattr(builtins, "input", lambda _question: str(folder).replace(" ", "\\ "))
    assert ask_for_folder("where? ") == folder
