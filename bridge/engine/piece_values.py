"""A piece as one vector of float32 numbers, which is how it is saved, and carried by a Live set or a Reaper project.

One phrase of one latent is that latent. Everything else is: its latents, one after the other; its rolls, 16 cells a
number; a number a cell of the grid (source * model bars + bar), track by track; then how many bars, rolls and latents.
Whole numbers below 2^24 are exact in float32.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.engine.latents import Latent
from bridge.engine.piece import LONGEST_PIECE, Cell, Piece, is_latent, is_roll, plain_piece
from bridge.pianoroll import Roll

Values = NDArray[np.float32]

_BITS = 16  # of a roll in one number
_TRAILER = 3
MOST_SOURCES = 4096


class BadValues(ValueError):
    """Numbers that are no piece of this model; the message says what came and what was expected."""


def piece_to_values(piece: Piece, contract: ModelContract) -> Values:
    """(n,) float32. The reverse of values_to_piece."""
    if piece.is_plain and piece.bars == contract.bars and is_latent(piece.sources[0]):
        return np.asarray(piece.sources[0], dtype=np.float32)
    latents = [source for source in piece.sources if is_latent(source)]
    rolls = [source for source in piece.sources if is_roll(source)]
    order = [index for kind in (True, False) for index, one in enumerate(piece.sources) if is_latent(one) is kind]
    place = {source: number for number, source in enumerate(order)}
    grid = [place[cell.source] * contract.bars + cell.bar for track in piece.grid for cell in track]
    return np.concatenate(
        [
            *(np.asarray(latent, dtype=np.float32) for latent in latents),
            *(_pack(roll) for roll in rolls),
            np.array([*grid, piece.bars, len(rolls), len(latents)], dtype=np.float32),
        ]
    )


def values_to_piece(values: Values, contract: ModelContract) -> Piece:
    """The reverse of piece_to_values. Raises BadValues."""
    size, tracks = contract.latent_size, len(contract.tracks)
    if not np.isfinite(values).all():
        raise BadValues("some of the values are not finite numbers")
    if len(values) == size:
        return plain_piece(np.asarray(values, dtype=np.float32), contract)
    if len(values) <= size + _TRAILER:
        raise BadValues(f"{len(values)} values came, expected {size}, one latent of this model, or a piece of several")
    bars, rolls, latents = (_whole(value) for value in values[-_TRAILER:].tolist())
    roll_size = _roll_size(contract)
    expected = latents * size + rolls * roll_size + tracks * bars + _TRAILER
    if not 1 <= bars <= LONGEST_PIECE or not 1 <= latents + rolls <= MOST_SOURCES or len(values) != expected:
        raise BadValues(
            f"{len(values)} values came, which are no piece of this model ({tracks} tracks, latents of {size} values): "
            "it was saved with another model"
        )
    firsts = latents * size
    sources: list[Latent | Roll] = [values[number * size : (number + 1) * size] for number in range(latents)]
    sources += [_unpack(values[firsts + number * roll_size :][:roll_size], contract) for number in range(rolls)]
    numbers = [_whole(value) for value in values[firsts + rolls * roll_size : -_TRAILER].tolist()]
    if max(numbers) >= len(sources) * contract.bars:
        raise BadValues(f"a cell of the piece names source {max(numbers) // contract.bars} of {len(sources)}")
    cells = [Cell(*divmod(number, contract.bars)) for number in numbers]
    return Piece(tuple(sources), tuple(tuple(cells[track * bars : (track + 1) * bars]) for track in range(tracks)))


def _roll_size(contract: ModelContract) -> int:
    cells = contract.bars * len(contract.tracks) * contract.steps_per_bar * contract.pitches
    return math.ceil(cells / _BITS)


def _pack(roll: Roll) -> Values:
    packed = np.packbits(roll)
    even = np.concatenate((packed, np.zeros(len(packed) % 2, dtype=np.uint8)))
    return even.view(">u2").astype(np.float32)


def _unpack(numbers: Values, contract: ModelContract) -> Roll:
    """The reverse of _pack."""
    shape = (contract.bars, len(contract.tracks), contract.steps_per_bar, contract.pitches)
    if (numbers < 0).any() or (numbers >= 2**_BITS).any() or (numbers % 1 != 0).any():
        raise BadValues("a recorded phrase is damaged: expected whole numbers below 65536")
    bits = np.unpackbits(numbers.astype(">u2").view(np.uint8), count=math.prod(shape))
    return bits.astype(np.bool_).reshape(shape)


def _whole(value: float) -> int:
    if value % 1 or not 0 <= value < 2**24:
        raise BadValues(f"{value:g} stands where a whole number was expected: the values are no piece of this model")
    return int(value)
