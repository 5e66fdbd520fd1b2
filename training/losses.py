"""Adversarial losses, and the gradient penalty. Scores are (batch, windows); a higher score is more real."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.networks.phrase_critic import PhraseCritic


@dataclass(frozen=True)
class AdversarialLoss:
    """What the critic makes small, of real and fake scores, and what the generator makes small, of fake scores."""

    critic: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


def _difference(real: Tensor, fake: Tensor) -> Tensor:
    """mean D(G(z)) - mean D(x)."""
    return fake.mean() - real.mean()


def _hinges(real: Tensor, fake: Tensor) -> Tensor:
    """mean max(0, 1 - D(x)) + mean max(0, 1 + D(G(z)))."""
    return F.relu(1.0 - real).mean() + F.relu(1.0 + fake).mean()


def _cross_entropies(real: Tensor, fake: Tensor) -> Tensor:
    """-mean log sigmoid(D(x)) - mean log(1 - sigmoid(D(G(z)))); softplus(-x) = -log sigmoid(x)."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def _negative_score(fake: Tensor) -> Tensor:
    """-mean D(G(z))."""
    return -fake.mean()


def _surprise_of_real(fake: Tensor) -> Tensor:
    """-mean log sigmoid(D(G(z)))."""
    return F.softplus(-fake).mean()


def _log_of_fake(fake: Tensor) -> Tensor:
    """mean log(1 - sigmoid(D(G(z)))); the original adds what the real phrases cost, which moves no generator."""
    return -F.softplus(fake).mean()


LOSSES: Mapping[str, AdversarialLoss] = {
    "wasserstein": AdversarialLoss(_difference, _negative_score),  # Arjovsky et al., 2017
    "hinge": AdversarialLoss(_hinges, _negative_score),  # Lim and Ye, 2017
    "nonsaturating": AdversarialLoss(_cross_entropies, _surprise_of_real),  # Goodfellow et al., 2014
    "classic": AdversarialLoss(_cross_entropies, _log_of_fake),  # the same, as first written
}


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor, mixing: Tensor) -> Tensor:
    """mean (|dD/dx| - 1)^2 at x between real and fake, summed over the critic's judges; Gulrajani et al., 2017.

    `mixing` is (batch, 1, 1, 1, 1) in [0, 1): one coefficient a phrase. As in the original, the gradient is that of
    the SUM of a phrase's window scores.
    """
    slopes = [torch.sqrt(1e-8 + square) for square in _squared_slopes(critic, real + mixing * (fake - real))]
    return torch.stack([(slope - 1.0).square().mean() for slope in slopes]).sum()


def real_gradient_penalty(critic: nn.Module, real: Tensor, _fake: Tensor, _mixing: Tensor) -> Tensor:
    """mean |dD/dx|^2 / 2 at the real phrases (R1), summed over the critic's judges; Mescheder et al., 2018."""
    return torch.stack([square.mean() / 2.0 for square in _squared_slopes(critic, real)]).sum()


def _squared_slopes(critic: nn.Module, rolls: Tensor) -> list[Tensor]:
    """|dD/dx|^2 of each phrase (batch,), for each judge that the critic has: most critics are their only one."""
    rolls = rolls.detach().requires_grad_()
    judged = critic.verdicts(rolls) if isinstance(critic, PhraseCritic) else [critic(rolls)]
    gradients = [torch.autograd.grad(scores.sum(), rolls, create_graph=True)[0] for scores in judged]
    return [gradient.float().square().flatten(1).sum(1) for gradient in gradients]


PENALTIES: Mapping[str, Callable[[nn.Module, Tensor, Tensor, Tensor], Tensor]] = {
    "wasserstein": gradient_penalty,
    "r1": real_gradient_penalty,
}
