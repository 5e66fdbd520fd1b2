"""From the notes of some tracks to a whole latent: what an encoder says of them, and the rest drawn."""

from __future__ import annotations

import math
from collections.abc import Collection, Generator, Iterable, Mapping

import numpy as np

from bridge.contract import ModelContract
from bridge.engine.band import PlaysBars
from bridge.engine.encoder_desk import Encodes
from bridge.engine.handles import Values, common_values, taking, track_values
from bridge.engine.latents import Latent, draw_latent
from bridge.engine.likeness import Likeness
from bridge.pianoroll import Roll

KEYS_TRIED = 3
LEAST_LENGTH = 0.5  # of what all tracks hear, in lengths of drawn latents


def heard_latent(encoder: Encodes, generator: PlaysBars, phrases: Mapping[int, Roll]) -> Generator[None, None, Latent]:
    """A chore: what the encoder says of these tracks; of a model with a key, in that of the first few keys that it
    hears whose phrase is most like them. Notes alone often leave a choice between two keys.

    `phrases`: by track, (model bars, steps, pitches) bool.
    """
    if not generator.contract.latent.key:
        return encoder(phrases)
    tried: list[tuple[float, Latent]] = []
    for rank in range(KEYS_TRIED):
        latent = encoder(phrases, rank)
        tried.append((Likeness.of(generator, latent, phrases).similarity, latent))
        yield
    return max(tried, key=lambda one: one[0])[1]


def nearest_latent(found: Latent, given: Collection[int], contract: ModelContract, seed: int) -> Latent:
    """The latent whose phrase is nearest to the given tracks, of which the encoder said `found`; what is other tracks'
    own is drawn."""
    return taking(draw_latent(contract, seed), found, _heard(contract, given))


def accompanying_latent(found: Latent, given: Collection[int], contract: ModelContract, seed: int) -> Latent:
    """A latent whose other tracks play to the given ones: the harmony of `found`, which is what the encoder hears in
    them, and other tracks' own values as the seed draws them.

    Of what one track does not tell, the encoder says 0, and a latent far shorter than any that was learned sounds thin:
    so the song's part and the bars' are at least half as long as drawn ones are. Longer, they are farther from the clip
    (benchmarks/following.py): what is little known of the harmony grows with what is known.
    """
    layout = contract.latent
    for values in (np.arange(layout.key, layout.song), common_values(contract)[layout.song :]):
        found = _lengthened(found, values, contract)
    return taking(draw_latent(contract, seed), found, _heard(contract, given))


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
