"""One update's lesson: the phrases that an encoder hears, and how far it is from what it should say of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training.encoding.encoder import PhraseEncoder
from training.encoding.encoder_config import EncoderConfig
from training.encoding.encoder_losses import beyond_prior, home_unheard, latent_error, missed_harmony, missed_notes
from training.encoding.given_subsets import draw_given
from training.networks.grid_generator import GridGenerator
from training.networks.playing_key import at_home
from training.sampling.latent_noise import draw_latents

LATENTS, GIVEN = 21, 22  # mark the seeds of what is drawn


@dataclass(frozen=True)
class Heard:
    """Phrases (batch, bars, steps, pitches, tracks) in {-1, 1}, which tracks are given of each (batch, tracks), and the
    latents (generated, latent_size) of as many of the first as are generated."""

    roll: Tensor
    given: Tensor
    latents: Tensor


@dataclass(frozen=True)
class Faults:
    """What one update measured; all but `latents` and `key` are 0 where only latents count."""

    latents: Tensor
    notes: Tensor
    harmony: Tensor
    beyond: Tensor
    key: Tensor

    def total(self, config: EncoderConfig) -> Tensor:
        """What the encoder makes small."""
        weighed = (
            (config.latent_weight, self.latents),
            (config.notes_weight, self.notes),
            (config.harmony_weight, self.harmony),
            (config.prior_weight, self.beyond),
            (config.key_weight, self.key),
        )
        return torch.stack([weight * part for weight, part in weighed]).sum()

    def numbers(self) -> dict[str, float]:
        """For a log."""
        return {name: float(part.detach()) for name, part in vars(self).items()}


def hear(generator: GridGenerator, config: EncoderConfig, step: int, real: Tensor | None) -> Heard:
    """The phrases of an update: generated ones, and after them the `real` ones if there are any; all in the home key
    of a generator that has a key."""
    generated = config.batch_size - (0 if real is None else len(real))
    device = next(generator.parameters()).device
    latents = draw_latents(generated, generator.latent_size, (config.seed, LATENTS, step)).to(device)
    latents = at_home(latents) if generator.layout.key else latents
    with torch.no_grad():
        roll = torch.where(generator(latents) > 0.0, 1.0, -1.0)
    if real is not None:
        roll = torch.cat((roll, real.to(device)))
    given = draw_given(len(roll), generator.tracks, config.all_tracks_share, (config.seed, GIVEN, step))
    return Heard(roll, given.to(device), latents)


def faults(encoder: PhraseEncoder, generator: GridGenerator, heard: Heard, pitched: Tensor) -> Faults:
    """How far the encoder is off; notes and harmony count where real phrases are heard too, of all phrases.

    `pitched` (tracks,) in {0, 1}: 0 for drums.
    """
    found = encoder.at_home(heard.roll, heard.given)
    generated = len(heard.latents)
    none = torch.zeros((), device=found.device)
    of_latents = latent_error(found[:generated], heard.latents)
    of_key = home_unheard(encoder.key_scores(heard.roll, heard.given)) if generator.layout.key else none
    if generated == len(found):
        return Faults(of_latents, none, none, none, of_key)
    played = generator.activations(found)
    of_notes = missed_notes(played, heard.roll, heard.given)
    of_harmony = missed_harmony(played, heard.roll, heard.given * pitched)
    return Faults(of_latents, of_notes, of_harmony, beyond_prior(found[generated:]), of_key)
