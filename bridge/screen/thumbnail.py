"""A piece as a small PNG, a pixel a cell: what a list of saved latents shows beside the name."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from bridge.contract import ModelContract
from bridge.pianoroll import Roll
from bridge.screen.picture import TRACK_COLOURS

WIDEST_BARS = 16  # of a longer piece the beginning is shown


def thumbnail(roll: Roll, contract: ModelContract) -> bytes:
    """The piece (bars, tracks, steps_per_bar, pitches) bool, tracks over each other in their colours, pitch up."""
    bars, tracks, steps, pitches = roll[:WIDEST_BARS].shape
    cells = roll[:WIDEST_BARS].transpose(1, 3, 0, 2).reshape(tracks, pitches, bars * steps)[:, ::-1]
    indices = np.zeros(cells.shape[1:], dtype=np.uint8)
    for track in range(tracks):
        indices[cells[track]] = 1 + track % len(TRACK_COLOURS)
    indices[:, :: contract.steps_per_bar][indices[:, :: contract.steps_per_bar] == 0] = len(TRACK_COLOURS) + 1
    image = Image.fromarray(indices)
    image.putpalette(bytes(part for colour in ((255, 255, 255), *TRACK_COLOURS, (220, 223, 228)) for part in colour))
    content = io.BytesIO()
    image.save(content, format="PNG", compress_level=3)
    return content.getvalue()
