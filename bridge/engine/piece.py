"""What the band plays: for every track and bar, where its notes come from.

A piece is a grid of tracks by bars. A cell names a source, a latent or a recorded roll, and which of the source's bars
it plays. Fresh from one latent all cells name that latent; each track or bar that is rerolled, locked or morphed on its
own names another. Pieces are never changed: every operation gives a new one, so that any of them can be gone back to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple, TypeGuard

import numpy as np

from bridge.contract import ModelContract
from bridge.engine.latents import Latent, latent_id
from bridge.pianoroll import Roll

LONGEST_PIECE = 512  # bars


class Cell(NamedTuple):
    """Bar `bar` of the source with this number."""

    source: int
    bar: int


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """`sources` are latents (latent_size,) float32 or rolls (model bars, tracks, steps, pitches) bool; `grid` has a
    tuple a track, of a cell a bar."""

    sources: tuple[Latent | Roll, ...]
    grid: tuple[tuple[Cell, ...], ...]

    @property
    def bars(self) -> int:
        return len(self.grid[0])

    @property
    def tracks(self) -> int:
        return len(self.grid)

    def cell(self, track: int, bar: int) -> Cell:
        """Of any bar from 0 on: the piece begins again after its last."""
        return self.grid[track][bar % self.bars]

    def bar_cells(self, bar: int) -> list[Cell]:
        """The same of all tracks."""
        at = bar % self.bars
        return [track[at] for track in self.grid]

    @property
    def id(self) -> str:
        """A short name for exactly this piece: 12 hexadecimal digits; of one latent, latent_id of that."""
        if self.is_plain and is_latent(self.sources[0]):
            return latent_id(self.sources[0])
        digest = hashlib.sha256()
        for source in self.sources:
            digest.update(np.ascontiguousarray(source, dtype="<f4" if is_latent(source) else np.uint8).tobytes())
        digest.update(repr(self.grid).encode())
        return digest.hexdigest()[:12]

    @property
    def is_plain(self) -> bool:
        """Whether it is one phrase of one latent."""
        return len(self.sources) == 1 and all(
            cell == Cell(0, bar) for track in self.grid for bar, cell in enumerate(track)
        )


def is_latent(source: Latent | Roll) -> TypeGuard[Latent]:
    return source.ndim == 1


def is_roll(source: Latent | Roll) -> TypeGuard[Roll]:
    return source.ndim == 4


def plain_piece(latent: Latent, contract: ModelContract) -> Piece:
    """One phrase of one latent."""
    return long_piece([latent], contract.bars, contract)


def long_piece(latents: list[Latent], bars: int, contract: ModelContract) -> Piece:
    """`bars` bars, a phrase of each latent in turn."""
    track = tuple(Cell(bar // contract.bars % len(latents), bar % contract.bars) for bar in range(bars))
    used = tuple(latents[: 1 + max(cell.source for cell in track)])
    return Piece(used, (track,) * len(contract.tracks))


def recorded_piece(roll: Roll, contract: ModelContract) -> Piece:
    """The notes of a roll (bars, tracks, steps, pitches), as they are; sources of the model's length."""
    bars = len(roll)
    phrases = -(-bars // contract.bars)
    padded = np.zeros((phrases * contract.bars, *roll.shape[1:]), dtype=np.bool_)
    padded[:bars] = roll
    sources = tuple(padded[phrase * contract.bars : (phrase + 1) * contract.bars] for phrase in range(phrases))
    track = tuple(Cell(*divmod(bar, contract.bars)) for bar in range(bars))
    return Piece(sources, (track,) * roll.shape[1])


def combine(old: Piece, new: Piece, takes_new: Callable[[int, int], bool]) -> Piece:
    """As long as `new`: its cell where takes_new(track, bar), else the cell that `old` has there."""
    offset = len(new.sources)
    grid = tuple(
        tuple(
            new.grid[track][bar] if takes_new(track, bar) else _shifted(old.cell(track, bar), offset)
            for bar in range(new.bars)
        )
        for track in range(new.tracks)
    )
    return _tidied((*new.sources, *old.sources), grid)


def keep_tracks(old: Piece | None, new: Piece, locked: Collection[int]) -> Piece:
    """`new`, but for the locked tracks, which go on as in `old`."""
    if old is None or not locked:
        return new
    return combine(old, new, lambda track, _bar: track not in locked)


def repeated(piece: Piece, bars: int) -> Piece:
    """The piece over and over, `bars` bars long."""
    grid = tuple(tuple(piece.cell(track, bar) for bar in range(bars)) for track in range(piece.tracks))
    return _tidied(piece.sources, grid)


def changed_cells(old: Piece | None, new: Piece) -> frozenset[tuple[int, int]]:
    """The (track, bar) of `new` that may sound otherwise than in `old`."""
    everything = ((track, bar) for track in range(new.tracks) for bar in range(new.bars))
    if old is None or old.bars != new.bars or old.tracks != new.tracks:
        return frozenset(everything)
    return frozenset(place for place in everything if not _same(old, new, *place))


def _same(old: Piece, new: Piece, track: int, bar: int) -> bool:
    one, other = old.grid[track][bar], new.grid[track][bar]
    if one.bar != other.bar:
        return False
    first, second = old.sources[one.source], new.sources[other.source]
    return first is second or (first.shape == second.shape and bool(np.array_equal(first, second)))


def _shifted(cell: Cell, offset: int) -> Cell:
    return Cell(cell.source + offset, cell.bar)


def _tidied(sources: tuple[Latent | Roll, ...], grid: tuple[tuple[Cell, ...], ...]) -> Piece:
    """Without sources that no cell names, or that are there twice."""
    kept: list[Latent | Roll] = []
    number: dict[int, int] = {}
    for cell in (cell for track in grid for cell in track):
        if cell.source not in number:
            source = sources[cell.source]
            same = [index for index, one in enumerate(kept) if one is source]
            number[cell.source] = same[0] if same else len(kept)
            if not same:
                kept.append(source)
    return Piece(tuple(kept), tuple(tuple(Cell(number[cell.source], cell.bar) for cell in track) for track in grid))
