"""Adam and its saved state: a run resumed from it is the run that went on."""

from __future__ import annotations

import copy
import io
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from training.config import Adam, Config
from training.optimisers import adam, restore, set_rate, state_of

CONFIG = Config(initial_learning_rate=0.01, adam=Adam(0.4, 0.8))
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA here")


def a_network() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(3, 2)


def learn(network: nn.Module, optimiser: torch.optim.Adam, lessons: range) -> None:
    for lesson in lessons:
        device = next(network.parameters()).device
        rows = torch.randn(5, 3, generator=torch.Generator().manual_seed(lesson)).to(device)
        optimiser.zero_grad()
        torch.autograd.backward(network(rows).square().sum())
        optimiser.step()


def weights(network: nn.Module) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in network.parameters()]


def written_and_read(state: dict[str, Any]) -> dict[str, Any]:
    """As a checkpoint is: nothing but weights and settings."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    read: dict[str, Any] = torch.load(file, weights_only=True)
    return read


def test_it_is_the_adam_of_the_configuration() -> None:
    network = a_network()
    optimiser = adam(network.parameters(), CONFIG, recorded=False)
    (group,) = optimiser.param_groups
    assert (group["lr"], group["betas"], group["capturable"]) == (0.01, (0.4, 0.8), False)
    expected = a_network()
    learn(network, optimiser, range(3))
    learn(expected, torch.optim.Adam(expected.parameters(), 0.01, (0.4, 0.8)), range(3))
    for ours, theirs in zip(weights(network), weights(expected), strict=True):
        assert torch.equal(ours, theirs)


def test_the_rate_holds_from_here_on() -> None:
    network = a_network()
    optimiser = adam(network.parameters(), CONFIG, recorded=False)
    learn(network, optimiser, range(2))
    before = weights(network)
    set_rate(optimiser, 0.0)
    learn(network, optimiser, range(2, 4))
    for was, now in zip(before, weights(network), strict=True):
        assert torch.equal(was, now)
    set_rate(optimiser, 0.5)
    learn(network, optimiser, range(4, 5))
    assert float((weights(network)[0] - before[0]).abs().max()) > 0.1


def test_for_a_recording_the_rate_changes_in_the_memory_that_it_was_recorded_from() -> None:
    optimiser = adam(a_network().parameters(), CONFIG, recorded=True)
    rate = optimiser.param_groups[0]["lr"]
    assert isinstance(rate, Tensor)
    assert float(rate) == pytest.approx(0.01)
    set_rate(optimiser, 0.003)
    assert optimiser.param_groups[0]["lr"] is rate
    assert float(rate) == pytest.approx(0.003)


@pytest.mark.parametrize("recorded", [False, True])
def test_the_saved_state_has_plain_numbers_and_nothing_of_the_device(recorded: bool) -> None:
    network = a_network()
    learned = adam(network.parameters(), CONFIG, recorded=False)
    learn(network, learned, range(2))
    optimiser = adam(network.parameters(), CONFIG, recorded)
    restore(optimiser, state_of(learned))
    saved = state_of(optimiser)
    (group,) = saved["param_groups"]
    assert type(group["lr"]) is float
    assert group["capturable"] is False
    assert not any(isinstance(value, Tensor) for value in group.values())
    assert len(saved["state"]) == 2
    for values in saved["state"].values():
        assert values["step"].device.type == "cpu"
        assert float(values["step"]) == 2.0
    written_and_read(saved)


def test_saving_leaves_the_optimiser_as_it_was() -> None:
    optimiser = adam(a_network().parameters(), CONFIG, recorded=True)
    state_of(optimiser)
    assert optimiser.param_groups[0]["capturable"] is True
    assert isinstance(optimiser.param_groups[0]["lr"], Tensor)


def test_steps_that_are_counted_later_are_not_in_what_was_saved() -> None:
    network = a_network()
    optimiser = adam(network.parameters(), CONFIG, recorded=False)
    learn(network, optimiser, range(2))
    saved = state_of(optimiser)
    learn(network, optimiser, range(2, 5))
    assert [float(values["step"]) for values in saved["state"].values()] == [2.0, 2.0]


def test_a_run_resumed_is_the_run_that_went_on_to_the_bit() -> None:
    network = a_network()
    optimiser = adam(network.parameters(), CONFIG, recorded=False)
    learn(network, optimiser, range(3))
    resumed = copy.deepcopy(network)
    other = adam(resumed.parameters(), CONFIG, recorded=False)
    restore(other, written_and_read(state_of(optimiser)))
    for one, its_optimiser in ((network, optimiser), (resumed, other)):
        set_rate(its_optimiser, 0.004)
        learn(one, its_optimiser, range(3, 7))
    for went_on, came_back in zip(weights(network), weights(resumed), strict=True):
        assert torch.equal(went_on, came_back)


def test_without_its_state_a_resumed_run_would_be_another() -> None:
    network = a_network()
    optimiser = adam(network.parameters(), CONFIG, recorded=False)
    learn(network, optimiser, range(3))
    resumed = copy.deepcopy(network)
    learn(network, optimiser, range(3, 7))
    learn(resumed, adam(resumed.parameters(), CONFIG, recorded=False), range(3, 7))
    assert not torch.equal(weights(network)[0], weights(resumed)[0])


def test_restored_then_saved_it_is_what_it_was() -> None:
    network = a_network()
    optimiser = adam(network.parameters(), CONFIG, recorded=False)
    learn(network, optimiser, range(3))
    saved = state_of(optimiser)
    other = adam(copy.deepcopy(network).parameters(), CONFIG, recorded=False)
    restore(other, written_and_read(saved))
    again = state_of(other)
    assert again["param_groups"] == saved["param_groups"]
    for index, values in saved["state"].items():
        assert again["state"][index].keys() == values.keys()
        for name, value in values.items():
            assert torch.equal(again["state"][index][name], value), name


@pytest.mark.parametrize("recorded", [False, True])
def test_a_restored_optimiser_goes_on_as_it_was_built_to(recorded: bool) -> None:
    network = a_network()
    saved = state_of(adam(network.parameters(), CONFIG, recorded=not recorded))
    optimiser = adam(network.parameters(), CONFIG, recorded)
    rate = optimiser.param_groups[0]["lr"]
    restore(optimiser, saved)
    assert optimiser.param_groups[0]["lr"] is rate
    assert optimiser.param_groups[0]["capturable"] is recorded


def test_a_state_before_the_first_step_is_restored_too() -> None:
    network = a_network()
    saved = state_of(adam(network.parameters(), CONFIG, recorded=False))
    assert saved["state"] == {}
    optimiser = adam(network.parameters(), CONFIG, recorded=False)
    restore(optimiser, saved)
    learn(network, optimiser, range(1))


def test_the_state_of_another_network_is_refused() -> None:
    saved = state_of(adam(a_network().parameters(), CONFIG, recorded=False))
    other = adam(nn.Linear(3, 2, bias=False).parameters(), CONFIG, recorded=False)
    with pytest.raises(ValueError, match="parameter group"):
        restore(other, saved)


@needs_cuda
@pytest.mark.parametrize("on_gpu_first", [False, True])
def test_what_was_saved_on_one_device_goes_on_on_another(on_gpu_first: bool, tmp_path: Path) -> None:
    devices = ("cuda", "cpu") if on_gpu_first else ("cpu", "cuda")
    network = a_network().to(devices[0])
    optimiser = adam(network.parameters(), CONFIG, recorded=on_gpu_first)
    learn(network, optimiser, range(3))
    file = tmp_path / "state.pt"
    torch.save(state_of(optimiser), file)
    resumed = copy.deepcopy(network).to(devices[1])
    other = adam(resumed.parameters(), CONFIG, recorded=not on_gpu_first)
    restore(other, torch.load(file, map_location="cpu", weights_only=True))
    learn(network, optimiser, range(3, 6))
    learn(resumed, other, range(3, 6))
    for went_on, came_back in zip(weights(network), weights(resumed), strict=True):
        torch.testing.assert_close(went_on.cpu(), came_back.cpu())
