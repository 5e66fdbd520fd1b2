"""Binary neurons: on or off forward, a sigmoid backward."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from training.averaging import calibrate
from training.networks.binary_neurons import BinaryNeuronGenerator, fire, set_slope
from training.networks.generators import DefaultGenerator
from training.sampling.latent_noise import draw_latents


class Bare(BinaryNeuronGenerator):
    """Binary neurons without a network before them: a latent is what they feel."""

    def activations(self, latent: Tensor) -> Tensor:
        return latent


def test_a_neuron_fires_above_its_threshold_and_the_gradient_passes_as_it_is() -> None:
    probability = torch.tensor([0.1, 0.5, 0.6, 0.9], requires_grad=True)
    fired = fire(probability, 0.5)
    assert fired.tolist() == [0.0, 0.0, 1.0, 1.0]  # a half is rounded to even, as the original does
    torch.autograd.backward((fired * torch.tensor([1.0, 2.0, 3.0, -4.0])).sum())
    assert probability.grad is not None
    assert probability.grad.tolist() == [1.0, 2.0, 3.0, -4.0]


@pytest.mark.parametrize("stochastic", [False, True])
@pytest.mark.parametrize("slope", [1.0, 2.5])
def test_the_gradient_is_that_of_the_sigmoid_at_its_slope(stochastic: bool, slope: float) -> None:
    generator = Bare(stochastic)
    set_slope(generator, slope)
    felt = torch.tensor([-2.0, -0.1, 0.0, 0.3, 1.5], requires_grad=True)
    generator(felt).sum().backward()
    p = torch.sigmoid(slope * felt.detach())
    assert felt.grad is not None
    torch.testing.assert_close(felt.grad, 2.0 * slope * p * (1.0 - p))  # 2: the roll goes from -1 to 1


def test_deterministic_neurons_play_what_is_above_zero() -> None:
    felt = torch.tensor([-3.0, -0.01, 0.0, 0.01, 3.0])
    assert Bare(stochastic=False)(felt).tolist() == [-1.0, -1.0, -1.0, 1.0, 1.0]


def test_stochastic_neurons_play_with_the_probability_of_the_sigmoid() -> None:
    torch.manual_seed(0)
    generator = Bare(stochastic=True)
    set_slope(generator, 2.0)
    felt = torch.tensor([-1.0, 0.0, 0.5])
    played = generator(felt.expand(20_000, 3))
    assert set(played.unique().tolist()) == {-1.0, 1.0}
    torch.testing.assert_close((played > 0).float().mean(0), torch.sigmoid(2.0 * felt), atol=0.015, rtol=0)


@pytest.mark.parametrize("stochastic", [False, True])
def test_at_rest_they_answer_with_their_probability_without_chance(stochastic: bool) -> None:
    generator = Bare(stochastic).eval()
    set_slope(generator, 3.0)
    felt = torch.linspace(-2.0, 2.0, 9)
    torch.testing.assert_close(generator(felt), 2.0 * torch.sigmoid(3.0 * felt) - 1.0)
    assert torch.equal(generator(felt), generator(felt))
    torch.testing.assert_close(generator(felt), torch.tanh(generator.output_gain * felt))


@pytest.mark.parametrize("slope", [1.0, 5.0])
def test_what_plays_at_rest_is_what_deterministic_neurons_play(slope: float) -> None:
    torch.manual_seed(0)
    generator = BinaryNeuronGenerator(stochastic=False, output_shift=-1.0)
    set_slope(generator, slope)
    latents = draw_latents(2, 128, (1,))
    calibrate(generator, [(latents, None)])
    with torch.no_grad():
        at_rest = generator(latents) > 0
        assert 0.05 < float(at_rest.float().mean()) < 0.5
        learning = Bare(stochastic=False)
        set_slope(learning, slope)
        assert torch.equal(learning(generator.activations(latents)) > 0, at_rest)


def test_the_slope_is_saved_with_the_weights_and_the_default_generator_has_none() -> None:
    generator, other = BinaryNeuronGenerator(stochastic=True), BinaryNeuronGenerator(stochastic=True)
    set_slope(generator, 4.0)
    other.load_state_dict(generator.state_dict())
    assert float(other.slope) == 4.0
    plain = DefaultGenerator()
    set_slope(plain, 4.0)
    assert generator.state_dict().keys() - plain.state_dict().keys() == {"slope"}
