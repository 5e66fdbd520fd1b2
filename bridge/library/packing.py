"""Latents and rolls as bytes, and back: little-endian float32, and one bit a cell in C order."""

from __future__ import annotations

import json
import math

import numpy as np
from numpy.typing import NDArray

from bridge.pianoroll import Roll


def pack_values(values: NDArray[np.float32]) -> bytes:
    return values.astype("<f4").tobytes()


def unpack_values(packed: bytes) -> NDArray[np.float32]:
    """A new array (n,). Raises ValueError or TypeError for bytes that are not whole numbers of float32."""
    return np.frombuffer(packed, dtype="<f4").astype(np.float32)


def pack_roll(roll: Roll | None) -> tuple[bytes, str] | tuple[None, None]:
    """The cells' bits, and the shape as JSON."""
    return (None, None) if roll is None else (pack_cells(roll), json.dumps(roll.shape))


def unpack_roll(packed: bytes | None, shape: str | None) -> Roll | None:
    """Raises ValueError or TypeError where bytes and shape do not fit."""
    if packed is None or shape is None:
        return None
    bars, tracks, steps, pitches = json.loads(shape)
    return unpack_cells(packed, (bars, tracks, steps, pitches))


def pack_cells(roll: Roll) -> bytes:
    return np.packbits(roll).tobytes()


def unpack_cells(packed: bytes, shape: tuple[int, int, int, int]) -> Roll:
    """A new array of that shape. Raises ValueError or TypeError where the bytes are not the shape's."""
    cell_count = math.prod(shape)
    if len(packed) != (cell_count + 7) // 8:
        raise ValueError(f"the roll has {len(packed)} bytes for {cell_count} cells")
    cells = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=cell_count)
    return cells.astype(np.bool_).reshape(shape)
