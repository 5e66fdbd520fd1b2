"""The handles of a latent: which of its values move one track, one bar, or one bar of one track.

A model without such values (LatentLayout of a song part alone) has no handles: its tracks and bars all hang on the
whole latent. By a model's promise a handle changes no notes but those that it names.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.engine.latents import Latent

Values = NDArray[np.intp]  # indices into the latent, rising


def track_values(contract: ModelContract, track: int) -> Values:
    """What is a track's own, in all bars."""
    bars = range(contract.bars)
    return _joined(_track_part(contract, track), *(_track_bar_part(contract, track, bar) for bar in bars))


def bar_values(contract: ModelContract, bar: int) -> Values:
    """What is a bar's own, in all tracks."""
    tracks = range(len(contract.tracks))
    return _joined(_bar_part(contract, bar), *(_track_bar_part(contract, track, bar) for track in tracks))


def track_bar_values(contract: ModelContract, track: int, bar: int) -> Values:
    """What moves a track and, of it, a bar: that bar of the track is to take nothing else from another latent."""
    return _joined(_track_part(contract, track), _track_bar_part(contract, track, bar))


def common_values(contract: ModelContract) -> Values:
    """What all tracks hear: the song's part and the bars'. Their harmony is there."""
    bars = (_bar_part(contract, bar) for bar in range(contract.bars))
    return _joined(np.arange(contract.latent.song), *bars)


def taking(latent: Latent, other: Latent, values: Values) -> Latent:
    """`latent`, but for these values, which are the other's."""
    taken = latent.copy()
    taken[values] = other[values]
    return taken


def _joined(*parts: Values) -> Values:
    return np.sort(np.concatenate(parts))


def _bar_part(contract: ModelContract, bar: int) -> Values:
    layout = contract.latent
    return layout.song + bar * layout.bar + np.arange(layout.bar)


def _track_part(contract: ModelContract, track: int) -> Values:
    layout = contract.latent
    return layout.song + contract.bars * layout.bar + track * layout.track + np.arange(layout.track)


def _track_bar_part(contract: ModelContract, track: int, bar: int) -> Values:
    layout = contract.latent
    first = layout.song + contract.bars * layout.bar + len(contract.tracks) * layout.track
    return first + (track * contract.bars + bar) * layout.track_bar + np.arange(layout.track_bar)
