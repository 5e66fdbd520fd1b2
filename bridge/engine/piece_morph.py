"""The way between pieces: cell by cell, by the spherical mean of their latents."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from bridge.contract import ModelContract
from bridge.engine.latents import Latent, morph
from bridge.engine.piece import Cell, Piece, is_latent
from bridge.engine.playing_key import in_key_of
from bridge.pianoroll import Roll


def morph_pieces(pieces: Sequence[Piece], weights: Sequence[float], contract: ModelContract) -> Piece:
    """As long as the longest. Where a cell of one of them is a recorded roll, the heaviest piece's cell is taken.

    Of a model with a key the way is in the heaviest piece's: it changes once.

    Weights are non-negative with a positive sum, as morph asks.
    """
    bars = max(piece.bars for piece in pieces)
    heaviest = max(range(len(pieces)), key=lambda index: weights[index])
    sources: list[Latent | Roll] = []
    made: dict[tuple[int, ...], int] = {}  # the sources that meet in a cell: the source that comes of them

    def between(latents: list[Latent]) -> Latent:
        return in_key_of(morph(latents, weights), latents[heaviest], contract)

    @cache  # most tracks of a bar are of the same cells
    def meet(*cells: Cell) -> Cell:
        found = [piece.sources[cell.source] for piece, cell in zip(pieces, cells, strict=True)]
        leading, latents = cells[heaviest], [source for source in found if is_latent(source)]
        apart = len({cell.bar for cell in cells}) == 1 and len(latents) == len(found)
        key = tuple(id(source) for source in (found if apart else [found[heaviest]]))
        if key not in made:
            made[key] = len(sources)
            sources.append(between(latents) if apart and len(set(key)) > 1 else found[heaviest])
        return Cell(made[key], leading.bar)

    grid = tuple(
        tuple(meet(*(piece.cell(track, bar) for piece in pieces)) for bar in range(bars))
        for track in range(len(contract.tracks))
    )
    return Piece(tuple(sources), grid)
