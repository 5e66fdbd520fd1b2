"""Two networks that should be one: shaken so that a mix-up shows, and compared tensor by tensor."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

Layout = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]  # our tensors by name to the reference's by name


def shake(network: nn.Module) -> None:
    """Moves biases, scales, shifts and statistics off their equal beginnings."""
    source = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for tensor in network.state_dict().values():
            if tensor.dim() < 3:
                tensor.add_(0.2 * torch.rand(tensor.shape, generator=source))


def assert_close(ours: Tensor, reference: Tensor, share: float, name: str, floor: float = 0.0) -> None:
    """The difference, as a length, is at most `share` of the reference's own length, plus `floor`."""
    assert ours.shape == reference.shape, f"{name}: {tuple(ours.shape)} is not {tuple(reference.shape)}"
    difference, length = float((ours - reference).detach().norm()), float(reference.detach().norm())
    assert difference <= share * length + floor, f"{name}: off by {difference:.3g} of {length:.3g}"


def assert_gradients_agree(ours: nn.Module, reference: nn.Module, layout: Layout, share: float) -> None:
    """Each gradient of the reference is ours; both networks have run backward."""
    expected, found = gradients(reference), layout(gradients(ours))
    assert found.keys() == expected.keys()
    # A bias before a normalisation has no gradient: what is there is rounding, small beside the others.
    floor = 1e-2 * share * max(float(gradient.norm()) for gradient in expected.values())
    for name, gradient in expected.items():
        assert_close(found[name], gradient, share, f"the gradient of {name}", floor)


def gradients(network: nn.Module, or_zero: bool = False) -> dict[str, Tensor]:
    """By parameter name; those that have none are left out, or zero."""
    found = {}
    for name, parameter in network.named_parameters():
        if parameter.grad is not None or or_zero:
            found[name] = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    return found
