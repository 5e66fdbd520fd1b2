"""The averaged generator: its weights are a moving average, its statistics those of its own output."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from training.averaging import averaged_copy, calibrate, update_average
from training.networks.layers import Expand


class Rows(Expand):
    """A layer as a generator: it plays to nothing."""

    def forward(self, rows: Tensor, _given: Tensor | None = None) -> Tensor:
        return super().forward(rows)


def a_generator() -> nn.Module:
    torch.manual_seed(0)
    return Rows(channels_in=3, channels_out=2, positions=4)


def fill(network: nn.Module, value: float) -> None:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(value)


def test_the_copy_is_frozen_and_its_own() -> None:
    generator = a_generator()
    average = averaged_copy(generator)
    assert not any(parameter.requires_grad for parameter in average.parameters())
    assert all(parameter.requires_grad for parameter in generator.parameters())
    assert not average.training
    fill(generator, 7.0)
    assert not any(bool((parameter == 7.0).any()) for parameter in average.parameters())


@pytest.mark.parametrize(
    ("decay", "step", "expected"),
    [
        (0.999, 100_000, 0.001),  # 0.999 of 0 and 0.001 of 1
        (0.9, 100_000, 0.1),
        (0.999, 0, 0.9),  # the first steps decay faster: (0 + 1) / (0 + 10) of what was
        (0.999, 8, 0.5),
        (0.0, 100_000, 1.0),  # no averaging
    ],
)
def test_an_update_moves_the_average_by_one_less_the_decay(decay: float, step: int, expected: float) -> None:
    generator = a_generator()
    average = averaged_copy(generator)
    fill(average, 0.0)
    fill(generator, 1.0)
    update_average(average, generator, decay, step)
    for parameter in average.parameters():
        torch.testing.assert_close(parameter, torch.full_like(parameter, expected))


def test_without_averaging_the_average_is_the_generator() -> None:
    generator = a_generator()
    average = averaged_copy(generator)
    fill(average, 5.0)
    update_average(average, generator, 0.0, 3)
    for mean, now in zip(average.parameters(), generator.parameters(), strict=True):
        assert torch.equal(mean, now)


def test_every_weight_is_averaged_by_itself() -> None:
    # All of them at once, of whatever shape: each comes to what it would alone.
    generator = a_generator()
    average = averaged_copy(generator)
    source = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=source))
    expected = [
        0.75 * mean + 0.25 * now for mean, now in zip(average.parameters(), generator.parameters(), strict=True)
    ]
    update_average(average, generator, 0.75, 100)
    assert len({parameter.shape for parameter in average.parameters()}) > 1
    for mean, plain in zip(average.parameters(), expected, strict=True):
        torch.testing.assert_close(mean, plain.detach())


def test_averaging_leaves_the_generator_and_all_statistics_alone() -> None:
    generator = a_generator()
    average = averaged_copy(generator)
    generator(torch.randn(8, 3, generator=torch.Generator().manual_seed(3)))  # whose own statistics move
    now = {name: tensor.clone() for name, tensor in generator.state_dict().items()}
    statistics = {name: tensor.clone() for name, tensor in average.named_buffers()}
    update_average(average, generator, 0.5, 100)
    assert statistics
    for name, tensor in average.named_buffers():
        assert torch.equal(tensor, statistics[name]), name
    for name, tensor in generator.state_dict().items():
        assert torch.equal(tensor, now[name]), name
    assert not any(parameter.requires_grad for parameter in average.parameters())


def test_calibration_sets_the_mean_of_all_batches_statistics_and_nothing_else() -> None:
    network = a_generator()
    assert isinstance(network, Rows)
    fill(network.norm, 0.5)
    network.norm.running_mean.fill_(1000.0)  # what other weights left
    network.norm.running_var.fill_(1000.0)
    weights = [parameter.clone() for parameter in network.parameters()]
    source = torch.Generator().manual_seed(1)
    batches = [scale * torch.randn(20, 3, generator=source) for scale in (1.0, 2.0, 3.0)]
    calibrate(network, [(rows, None) for rows in batches])

    outputs = [torch.einsum("mi,ipo->mpo", rows, network.weight).reshape(-1, 2) + network.bias for rows in batches]
    torch.testing.assert_close(network.norm.running_mean, torch.stack([y.mean(0) for y in outputs]).mean(0))
    torch.testing.assert_close(network.norm.running_var, torch.stack([y.var(0) for y in outputs]).mean(0))
    assert not network.training
    for before, after in zip(weights, network.parameters(), strict=True):
        assert torch.equal(before, after)


def test_calibrating_twice_gives_the_same() -> None:
    network = a_generator()
    batches = [torch.randn(8, 3, generator=torch.Generator().manual_seed(seed)) for seed in range(4)]
    calibrate(network, [(rows, None) for rows in batches])
    first = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    calibrate(network, [(rows, None) for rows in batches])
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(tensor, first[name])
