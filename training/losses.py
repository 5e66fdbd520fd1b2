"""Adversarial losses. Scores are (batch, windows); a higher score is more real."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def critic_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Wasserstein: mean D(G(z)) - mean D(x). Arjovsky et al., 2017."""
    return fake_scores.mean() - real_scores.mean()


def generator_loss(fake_scores: Tensor) -> Tensor:
    """Wasserstein: -mean D(G(z))."""
    return -fake_scores.mean()


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, mixing: Tensor) -> Tensor:
    """mean (|dD/dx| - 1)^2 at x between real and fake; Gulrajani et al., 2017.

    `mixing` is (batch, 1, 1, 1, 1) in [0, 1): one coefficient a phrase. As in the original, the gradient is that of
    the SUM of a phrase's window scores.
    """
    between = (real + mixing * (fake - real)).requires_grad_()
    scores = critic(between).sum()
    (gradient,) = torch.autograd.grad(scores, between, create_graph=True)
    slope = torch.sqrt(1e-8 + gradient.float().square().flatten(1).sum(1))
    return (slope - 1.0).square().mean()
