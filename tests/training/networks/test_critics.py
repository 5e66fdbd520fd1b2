"""The critic of matrix products is MuseGAN's of convolutions, to the last weight."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from benchmarks.plain_networks import TRACKS as COPIES
from benchmarks.plain_networks import PlainCritic as Reference
from tests.training.twins import assert_close, assert_gradients_agree, gradients, shake
from training.losses import gradient_penalty
from training.networks.critics import DefaultCritic


def as_reference(ours: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The critic's tensors (a state, or gradients) under the reference's names, in its shapes."""
    theirs = {
        "shared_1.weight": ours["shared.0.weight"].view(4, 320, 3, 128).permute(3, 1, 0, 2)[:, :, None],
        "shared_1.bias": ours["shared.0.bias"],
        "shared_2.weight": ours["shared.1.weight"].view(4, 3, 128, 256).permute(3, 2, 0, 1)[:, :, None],
        "shared_2.bias": ours["shared.1.bias"],
        "chroma.0.weight": ours["chroma.0.weight"].view(12, 5, 32).permute(2, 1, 0)[:, :, None, None],
        "window.weight": ours["window.weight"].view(2, 384, 512).permute(2, 1, 0)[..., None, None],
        "window.bias": ours["window.bias"],
        "score.weight": ours["score_weight"].t(),
        "score.bias": ours["score_bias"],
    }
    over_time = {"chroma.1": (4, 32, 64), "onset.0": (3, 5, 16), "onset.1": (4, 16, 32), "onset.2": (4, 32, 64)}
    for name, shape in over_time.items():
        theirs[f"{name}.weight"] = ours[f"{name}.weight"].view(shape).permute(2, 1, 0)[:, :, None, :, None]
    theirs |= {f"{name}.bias": ours[f"{name}.bias"] for name in ("chroma.0", *over_time)}
    for copy in range(COPIES):
        first_pitch = ours["pitch_first.0.weight"].view(12, 5, COPIES, 16)[:, :, copy]
        first_time = ours["time_first.0.weight"].view(3, 5, COPIES, 16)[:, :, copy]
        second_pitch = ours["pitch_first.1.weight"][copy].view(3, 16, 32)
        second_time = ours["time_first.1.weight"][copy].view(12, 16, 32)
        theirs |= {
            f"pitch_1.{copy}.weight": first_pitch.permute(2, 1, 0)[:, :, None, None],
            f"pitch_1.{copy}.bias": ours["pitch_first.0.bias"].view(COPIES, 16)[copy],
            f"pitch_2.{copy}.weight": second_pitch.permute(2, 1, 0)[:, :, None, :, None],
            f"pitch_2.{copy}.bias": ours["pitch_first.1.bias"][copy],
            f"time_1.{copy}.weight": first_time.permute(2, 1, 0)[:, :, None, :, None],
            f"time_1.{copy}.bias": ours["time_first.0.bias"].view(COPIES, 16)[copy],
            f"time_2.{copy}.weight": second_time.permute(2, 1, 0)[:, :, None, None],
            f"time_2.{copy}.bias": ours["time_first.1.bias"][copy],
            f"merge.{copy}.weight": ours["private_merge.weight"][copy].t()[..., None, None, None],
            f"merge.{copy}.bias": ours["private_merge.bias"][copy],
        }
    return theirs


def some_phrases(seed: int) -> Tensor:
    """Two phrases of random cells in {-1, 1}."""
    cells = torch.rand(2, 4, 48, 84, 5, generator=torch.Generator().manual_seed(seed)) < 0.1
    return cells.float() * 2.0 - 1.0


@pytest.fixture(scope="module")
def networks() -> tuple[DefaultCritic, Reference]:
    """The critic and the reference with the same weights."""
    torch.manual_seed(0)
    critic, reference = DefaultCritic(), Reference()
    shake(critic)
    reference.load_state_dict(as_reference(critic.state_dict()))
    return critic, reference


def test_the_critic_has_as_many_weights_as_a_published_run_prints(networks: tuple[DefaultCritic, Reference]) -> None:
    for network in networks:
        assert sum(parameter.numel() for parameter in network.parameters()) == 1_365_841


def test_it_is_the_network_of_convolutions(networks: tuple[DefaultCritic, Reference]) -> None:
    critic, reference = networks
    critic.zero_grad()
    reference.zero_grad()
    rolls = [some_phrases(1).requires_grad_(), some_phrases(1).requires_grad_()]
    ours, expected = critic(rolls[0]), reference(rolls[1])
    assert ours.shape == (2, 3)  # a score for each window of two bars
    assert_close(ours, expected, 1e-4, "the scores")

    listener = torch.tensor([[1.0, -2.0, 0.5], [-1.5, 0.7, 1.0]])
    (ours * listener).sum().backward()
    (expected * listener).sum().backward()
    assert_gradients_agree(critic, reference, as_reference, 1e-3)
    assert rolls[0].grad is not None
    assert rolls[1].grad is not None
    assert_close(rolls[0].grad, rolls[1].grad, 1e-4, "the gradient of the roll")


def test_its_gradient_penalty_is_that_of_the_network_of_convolutions(
    networks: tuple[DefaultCritic, Reference],
) -> None:
    critic, reference = networks
    critic.zero_grad()
    reference.zero_grad()
    mixing = torch.tensor([0.3, 0.8]).view(2, 1, 1, 1, 1)
    penalties = []
    for network in networks:
        penalty = gradient_penalty(network, some_phrases(1), some_phrases(2), mixing)
        torch.autograd.backward(penalty)
        penalties.append(penalty)
    assert_close(penalties[0], penalties[1], 1e-4, "the penalty")
    expected, found = gradients(reference), as_reference(gradients(critic, or_zero=True))
    weights = [name for name in expected if name.endswith("weight")]  # a bias only moves the corners of the ReLUs
    assert len(weights) == sum(name.endswith("weight") for name in found)
    for name in weights:
        assert_close(found[name], expected[name], 1e-3, name)


def test_a_window_hears_its_two_bars_alone(networks: tuple[DefaultCritic, Reference]) -> None:
    critic, _ = networks
    roll = some_phrases(3)
    changed = roll.clone()
    changed[:, 3] = -changed[:, 3]
    with torch.no_grad():
        before, after = critic(roll), critic(changed)
    torch.testing.assert_close(after[:, :2], before[:, :2])
    assert bool((after[:, 2] - before[:, 2]).abs().min() > 1e-3)
