"""The latents that a bridge has acknowledged, and what a killed one has left in its file."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

Latents = Mapping[str, bytes]  # what each name stands for


@dataclass(frozen=True, slots=True)
class Save:
    """`latent` under a name, in place of what was there."""

    name: str
    latent: bytes

    address = "/mai/latent/save"

    @property
    def arguments(self) -> tuple[str, ...]:
        return (self.name,)

    def after(self, latents: Latents) -> Latents:
        return {**latents, self.name: self.latent}


@dataclass(frozen=True, slots=True)
class Rename:
    """Of a latent that is there, to a name that is free."""

    name: str
    new: str

    address = "/mai/latent/rename"

    @property
    def arguments(self) -> tuple[str, ...]:
        return (self.name, self.new)

    def after(self, latents: Latents) -> Latents:
        return {**{name: latent for name, latent in latents.items() if name != self.name}, self.new: latents[self.name]}


@dataclass(frozen=True, slots=True)
class Delete:
    """Of a latent that is there."""

    name: str

    address = "/mai/latent/delete"

    @property
    def arguments(self) -> tuple[str, ...]:
        return (self.name,)

    def after(self, latents: Latents) -> Latents:
        return {name: latent for name, latent in latents.items() if name != self.name}


Change = Save | Rename | Delete

_SHARE_OF_SAVES, _SHARE_OF_RENAMES = 0.6, 0.2
_NAMES = 200  # that saves choose from, so that some replace another
_KEPT = "kept "  # what these begin with is renamed, replaced and deleted; others stay as they are


def next_change(dice: random.Random, number: int, latents: Latents, playing: bytes) -> Change:
    """What a musician does next, while the band plays `playing`; `number` makes names that nobody had."""
    own = sorted(name for name in latents if name.startswith(_KEPT))
    what = dice.random()
    if not own or what < _SHARE_OF_SAVES:
        return Save(f"{_KEPT}{dice.randrange(_NAMES)}", playing)
    name = dice.choice(own)
    if what < _SHARE_OF_SAVES + _SHARE_OF_RENAMES:
        return Rename(name, f"{_KEPT}anew {number}")
    return Delete(name)


@dataclass(frozen=True, slots=True)
class Left:
    """What a killed bridge has left: the database's own verdict ("ok"), and its latents."""

    verdict: str
    latents: Latents


def left_in(library: Path) -> Left:
    """Looks at a copy, with the log beside it: the next bridge finds all as it was left."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            if (found := library.with_name(library.name + suffix)).exists():
                shutil.copy(found, Path(folder) / found.name)
        with closing(sqlite3.connect(Path(folder) / library.name)) as connection:
            verdict = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
            rows = connection.execute("SELECT name, latent FROM latents").fetchall()
    return Left(verdict, {str(name): bytes(latent) for name, latent in rows})


def missing(left: Latents, acknowledged: Latents, in_doubt: Change | None) -> list[str]:
    """Names that are there otherwise than acknowledged, or not at all, or should not be.

    The change in doubt, asked for and not answered, may have been made or not, but whole.
    """
    wrong = _differences(left, acknowledged)
    if not wrong or in_doubt is None:
        return wrong
    return _differences(left, in_doubt.after(acknowledged)) and wrong


def _differences(left: Latents, right: Latents) -> list[str]:
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))
