"""A jump from one piece to another, spread over some bars (morph_glide)."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.contract import ModelContract
from bridge.engine.piece import Piece
from bridge.engine.piece_morph import morph_pieces


@dataclass(frozen=True, slots=True)
class Glide:
    """From what played to what is to play, in equal steps on the sphere: `bars` bars from streamed bar `first` on."""

    begin: Piece
    end: Piece
    first: int
    bars: float

    def piece_at(self, bar: int, contract: ModelContract) -> Piece:
        """What the streamed bar plays; `end` from `bars` bars on."""
        share = (bar - self.first + 1) / (self.bars + 1)
        if share >= 1.0:
            return self.end
        return morph_pieces([self.begin, self.end], [1.0 - share, share], contract)
