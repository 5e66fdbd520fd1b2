"""What goes on when another model takes over: the piece and the densities, as far as they mean something to it."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.contract import ModelContract
from bridge.engine.latents import draw_latent
from bridge.engine.piece import Piece, is_latent, plain_piece
from bridge.model_files.fit import Fit
from bridge.playing.densities import NO_DENSITY


def carried_piece(piece: Piece | None, old: ModelContract, new: ModelContract, how: Fit) -> Piece | None:
    """The piece itself where its latents are latents of the new model too (so two models are compared on one latent);
    else a fresh one, the same for the same piece."""
    if piece is None:
        return None
    latents_alike = old.latent == new.latent and old.latent_size == new.latent_size
    if how.same_tracks and how.same_grid and latents_alike:
        return piece
    source = piece.sources[0]
    if latents_alike and piece.is_plain and is_latent(source):
        return plain_piece(source, new)
    return plain_piece(draw_latent(new, int(piece.id[:7], 16)), new)


def carried_densities(densities: Sequence[float], how: Fit, tracks: int) -> tuple[float, ...]:
    """Each at its track's new place."""
    carried = [NO_DENSITY] * tracks
    for place, density in zip(how.tracks, densities, strict=False):
        if place is not None:
            carried[place] = density
    return tuple(carried) if any(density != NO_DENSITY for density in carried) else ()
