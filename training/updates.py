"""What one critic update and one generator update do, as functions of tensors: nothing here draws or decides."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.augmentation import augmented
from training.config import Config
from training.losses import LOSSES, PENALTIES
from training.networks.generators import BandGenerator
from training.path_roughness import EVERY, PHRASES, path_roughness
from training.processes import share_gradients


@dataclass(frozen=True)
class Updates:
    """Both networks with their optimisers. `autocast` opens the precision that the forward passes run in.

    `given_track` is the track that an accompaniment hears of the real phrases; None for a generator that hears nothing.
    """

    config: Config
    generator: BandGenerator
    critic: nn.Module
    optimise_generator: torch.optim.Optimizer
    optimise_critic: torch.optim.Optimizer
    autocast: Callable[[], AbstractContextManager[object]]
    given_track: int | None

    def critic_update(self, real: Tensor, latents: Tensor, mixing: Tensor) -> Tensor:
        """(2,): by how much the critic's loss says that both differ, and the penalty.

        real (batch, bars, steps, pitches, tracks) in {-1, 1}, latents (batch, size), mixing (batch, 1, 1, 1, 1).
        """
        config = self.config
        with self.autocast():
            with torch.no_grad():
                fake = self.generator(latents, self._given(real))
                heard = augmented(real.to(fake.dtype), config.augment)
                fake = augmented(fake, config.augment)
            distance = LOSSES[config.gan_loss_type].critic(self.critic(heard), self.critic(fake))
            penalty = torch.zeros((), device=real.device)
            if config.use_gradient_penalties:
                penalty = PENALTIES[config.gradient_penalty_type](self.critic, heard, fake, mixing.to(fake.dtype))
        self.optimise_critic.zero_grad()
        torch.autograd.backward(distance + config.gradient_penalty * penalty)
        share_gradients(self.critic.parameters())
        self.optimise_critic.step()
        return torch.stack((distance, penalty)).detach().float()

    def generator_update(self, real: Tensor, latents: Tensor) -> Tensor:
        """(1,): the generator's loss. `real`: phrases of the last critic update, for a generator that hears some."""
        return self._generator_update(real, latents, None)

    def generator_update_with_paths(self, real: Tensor, latents: Tensor, towards: Tensor) -> Tensor:
        """The same, and the ways from some of the latents to others (phrases, size) are kept short."""
        return self._generator_update(real, latents, towards)

    def _generator_update(self, real: Tensor, latents: Tensor, towards: Tensor | None) -> Tensor:
        config = self.config
        # The critic's own gradients of this pass are thrown away: do not compute them.
        self.critic.requires_grad_(False)
        with self.autocast():
            fake = augmented(self.generator(latents, self._given(real)), config.augment)
            loss = LOSSES[config.gan_loss_type].generator(self.critic(fake))
        if towards is not None:
            loss = loss + EVERY * config.path_penalty * self._roughness(real, latents, towards)
        self.optimise_generator.zero_grad()
        torch.autograd.backward(loss)
        share_gradients(self.generator.parameters())
        self.optimise_generator.step()
        self.critic.requires_grad_(True)
        return loss.detach().float()[None]

    def _roughness(self, real: Tensor, latents: Tensor, towards: Tensor) -> Tensor:
        """Of the ways from the first latents. An accompaniment plays to the same track at both ends of a step."""
        given = self._given(real[:PHRASES])
        at_both_ends = None if given is None else torch.cat((given, given))
        return path_roughness(lambda both: self.generator(both, at_both_ends), latents[:PHRASES], towards)

    def _given(self, real: Tensor) -> Tensor | None:
        return None if self.given_track is None else real[..., self.given_track].contiguous()
