"""New music beside music that stays: a track, a bar or the whole band anew, in the harmony of what is kept.

Where the model has a handle for what is to be new, only the handle's values come from a fresh latent, and the new notes
are made for the song part that the others play to; otherwise the fresh latent's notes are taken as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bridge.contract import ModelContract
from bridge.engine.handles import Values, bar_values, common_values, taking, track_bar_values, track_values
from bridge.engine.latents import Latent
from bridge.engine.piece import Cell, Piece, is_latent
from bridge.pianoroll import Roll


class _Sources:
    """The sources of a piece that is being made; the same two latents with the same handle make one."""

    def __init__(self) -> None:
        self.made: list[Latent | Roll] = []
        self._number: dict[tuple[int, ...], int] = {}

    def kept(self, source: Latent | Roll) -> int:
        return self._add((id(source),), source)

    def blended(self, old: Latent, fresh: Latent, values: Values) -> int:
        key = (id(old), id(fresh), *values.tolist())
        return self._number[key] if key in self._number else self._add(key, taking(old, fresh, values))

    def _add(self, key: tuple[int, ...], source: Latent | Roll) -> int:
        if key not in self._number:
            self._number[key] = len(self.made)
            self.made.append(source)
        return self._number[key]


def renewed(
    piece: Piece, fresh: Piece, contract: ModelContract, tracks: Collection[int], bar: int | None, kept: Collection[int]
) -> Piece:
    """The piece with these tracks (but for the `kept`) in this bar, or in all bars, made anew from `fresh`.

    `fresh` is as long as the piece, whose other cells stay as they are.
    """
    sources = _Sources()

    def cell(track: int, at: int) -> Cell:
        old, new = piece.grid[track][at], fresh.grid[track][at]
        before, after = piece.sources[old.source], fresh.sources[new.source]
        if track not in tracks or track in kept or bar not in (None, at):
            return Cell(sources.kept(before), old.bar)
        values = _handle(contract, track if len(tracks) == 1 else None, None if bar is None else old.bar)
        if len(values) and old.bar == new.bar and is_latent(before) and is_latent(after):
            return Cell(sources.blended(before, after, values), old.bar)
        return Cell(sources.kept(after), new.bar)

    grid = tuple(tuple(cell(track, at) for at in range(piece.bars)) for track in range(piece.tracks))
    return Piece(tuple(sources.made), grid)


def _handle(contract: ModelContract, track: int | None, bar: int | None) -> Values:
    """The values that move a track, a bar or both; none where they would be the whole latent's."""
    if track is not None and bar is not None:
        return track_bar_values(contract, track, bar)
    if track is not None:
        return track_values(contract, track)
    return common_values(contract)[:0] if bar is None else bar_values(contract, bar)


def in_harmony(latent: Latent, piece: Piece | None, locked: Iterable[int], contract: ModelContract) -> Latent:
    """The latent with what all tracks hear of it as in the piece, if a pitched track of that is locked.

    So the others play to the locked track's chords. Drums ask for none.
    """
    pitched = [track for track in sorted(locked) if not contract.tracks[track].is_drum]
    if piece is None or not pitched or not len(track_values(contract, pitched[0])):
        return latent
    source = piece.sources[piece.grid[pitched[0]][0].source]
    return taking(latent, source, common_values(contract)) if is_latent(source) else latent
