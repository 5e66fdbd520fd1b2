"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def markdown_table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table: the first column to the left, the others to the right. A bar in a cell is escaped."""
    under = [":--", *["--:"] * (len(heading) - 1)]
    return "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in (heading, under, *rows))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
