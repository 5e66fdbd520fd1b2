"""Questions to whoever sits at the terminal; nobody there: no answer."""

from __future__ import annotations

import sys
from pathlib import Path


def ask(question: str) -> str:
    """The answer, stripped; "" where nobody can answer, or nobody did."""
    if not sys.stdin or not sys.stdin.isatty():
        return ""
    try:
        return input(question).strip()
    except EOFError:
        return ""


def says_yes(question: str) -> bool:
    """Whether the answer begins with y; nobody there: False."""
    return ask(f"{question} [y/N] ").casefold().startswith("y")


def ask_for_folder(question: str) -> Path | None:
    """A folder that exists, or None. The quotes that terminals put around a folder dropped on them are taken off."""
    answer = ask(question).strip("'\"").replace("\\ ", " ")
    if not answer:
        return None
    folder = Path(answer).expanduser()
    return folder if folder.is_dir() else None
