"""What an encoder has learned: how much of generated and of held-out phrases comes out again, as it finds them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from training.data.phrase_file import PhraseSet
from training.encoding.encoder import PhraseEncoder
from training.encoding.reconstruction import Cells, Reconstruction, compare
from training.networks.grid_generator import GridGenerator
from training.sampling.latent_noise import draw_latents, hash_seed
from training.trained import play

EXAMINED = 23  # marks the seed of what is drawn: the same phrases every time
PHRASES = 128
AT_A_TIME = 16


@dataclass(frozen=True)
class Results:
    """Generated phrases and real ones, all of whose tracks were given."""

    generated: Reconstruction
    real: Reconstruction

    def lines(self) -> tuple[str, str]:
        """For a log."""
        return f"of generated phrases {self.generated.line()}", f"of real phrases {self.real.line()}"

    def to_mapping(self) -> dict[str, object]:
        """For JSON."""
        return {"generated": self.generated.to_mapping(), "real": self.real.to_mapping()}


@dataclass(frozen=True)
class Examination:
    """`indices` are the phrases of `data` that may be drawn: held-out ones. `is_drum` (tracks,)."""

    data: PhraseSet
    indices: NDArray[np.intp]
    is_drum: NDArray[np.bool_]
    seed: int

    def of(self, encoder: PhraseEncoder, generator: GridGenerator) -> Results:
        """Play again what the encoder says of them."""
        latents = draw_latents(PHRASES, generator.latent_size, (self.seed, EXAMINED, 0))
        generated = play(generator, latents) > 0.0
        rng = np.random.default_rng(hash_seed(self.seed, EXAMINED, 1))
        chosen = rng.choice(self.indices, size=min(PHRASES, len(self.indices)), replace=False)
        real = self.data.unpack(np.sort(chosen))
        return Results(*(self._again(phrases, encoder, generator) for phrases in (generated, real)))

    def _again(self, phrases: Cells, encoder: PhraseEncoder, generator: GridGenerator) -> Reconstruction:
        given = np.ones((len(phrases), phrases.shape[4]), dtype=np.bool_)
        again = play(generator, encode(encoder, phrases, given)) > 0.0
        return compare(phrases, again, given, self.is_drum)


def encode(encoder: PhraseEncoder, phrases: Cells, given: NDArray[np.bool_]) -> torch.Tensor:
    """(n, latent_size): what the encoder says of phrases (n, bars, steps, pitches, tracks) bool, of whose tracks some
    are `given` (n, tracks)."""
    device = next(encoder.parameters()).device
    parts = []
    with torch.no_grad():
        for first in range(0, len(phrases), AT_A_TIME):
            here = slice(first, first + AT_A_TIME)
            roll = torch.from_numpy(phrases[here].astype(np.float32) * 2.0 - 1.0).to(device)
            parts.append(encoder(roll, torch.from_numpy(given[here].astype(np.float32)).to(device)).float().cpu())
    return torch.cat(parts)
