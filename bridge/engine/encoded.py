"""From the notes of some tracks to a whole latent: what an encoder says of them, and the rest drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from bridge.contract import ModelContract
from bridge.engine.encoder_desk import Encodes
from bridge.engine.handles import Values, common_values, taking, track_values
from bridge.engine.latents import Latent, draw_latent
from bridge.pianoroll import Roll

LEAST_LENGTH = 0.5  # of what all tracks hear, in lengths of drawn latents


def nearest_latent(encoder: Encodes, phrases: Mapping[int, Roll], contract: ModelContract, seed: int) -> Latent:
    """The latent whose phrase is nearest to these tracks; what is other tracks' own is drawn.

    `phrases`: by track, (model bars, steps, pitches) bool.
    """
    return taking(draw_latent(contract, seed), encoder(phrases), _heard(contract, phrases))


def accompanying_latent(encoder: Encodes, phrases: Mapping[int, Roll], contract: ModelContract, seed: int) -> Latent:
    """A latent whose other tracks play to these: the harmony that the encoder hears in them, and other tracks' own
    values as the seed draws them.

    Of what one track does not tell, the encoder says 0, and a latent far shorter than any that was learned sounds thin:
    so the song's part and the bars' are at least half as long as drawn ones are. Longer, they are farther from the clip
    (benchmarks/following.py): what is little known of the harmony grows with what is known.
    """
    found = encoder(phrases)
    for values in (np.arange(contract.latent.song), common_values(contract)[contract.latent.song :]):
        found = _lengthened(found, values, contract)
    return taking(draw_latent(contract, seed), found, _heard(contract, phrases))


def _heard(contract: ModelContract, tracks: Iterable[int]) -> Values:
    """What all tracks hear, and these tracks' own."""
    return np.concatenate([common_values(contract), *(track_values(contract, track) for track in tracks)])


def _lengthened(latent: Latent, values: Values, contract: ModelContract) -> Latent:
    """With these values LEAST_LENGTH times as long together as drawn ones are on average, if they are shorter."""
    length = float(np.linalg.norm(latent[values]))
    wanted = LEAST_LENGTH * math.sqrt(len(values) * _drawn_square(contract.latent.truncation))
    if not 0.0 < length < wanted:
        return latent
    limit = contract.latent.truncation
    longer = latent.copy()
    longer[values] = np.clip(latent[values] * (wanted / length), -limit, limit)
    return longer


def _drawn_square(truncation: float) -> float:
    """The mean square of a standard normal value that is cut at +-truncation."""
    density = math.exp(-0.5 * truncation * truncation) / math.sqrt(2.0 * math.pi)
    return 1.0 - 2.0 * truncation * density / math.erf(truncation / math.sqrt(2.0))
