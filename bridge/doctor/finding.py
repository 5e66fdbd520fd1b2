"""What one check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """bad: what was asked for cannot be had. warn: the bridge plays, but with less than it could, or late."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's name, how bad it is, what was found, and what to do about it (empty: nothing)."""

    name: str
    level: Level
    found: str
    remedy: str = ""
