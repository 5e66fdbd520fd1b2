"""The generator of matrix products is MuseGAN's of transposed convolutions, to the last weight."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor, nn

from benchmarks.plain_networks import TRACKS
from benchmarks.plain_networks import PlainGenerator as Reference
from tests.training.twins import assert_close, assert_gradients_agree, shake
from training.networks.generators import DefaultGenerator
from training.networks.track_expand import TrackExpand
from training.sampling.latent_noise import draw_latents

NORM_NAMES = {"scale": "1.weight", "shift": "1.bias", "running_mean": "1.running_mean", "running_var": "1.running_var"}


def as_reference(ours: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The generator's tensors (a state, or gradients) under the reference's names, in its shapes."""
    theirs = {
        "bars.0.weight": ours["bars.weight"].permute(0, 2, 1)[..., None, None],
        "beats.0.weight": ours["beats.weight"].view(512, 4, 3, 256).permute(0, 3, 1, 2)[:, :, None],
        "fine.0.weight": ours["fine.weight"].permute(0, 3, 2, 1)[:, :, None],
    }
    for name in ("bars", "beats", "fine"):
        theirs[f"{name}.0.bias"] = ours[f"{name}.bias"]
        theirs |= {
            f"{name}.{there}": ours[key] for here, there in NORM_NAMES.items() if (key := f"{name}.norm.{here}") in ours
        }
    private = {
        "pitch_1": "pitch_first.0",
        "pitch_2": "pitch_first.1",
        "time_1": "time_first.0",
        "time_2": "time_first.1",
    }
    for track in range(TRACKS):
        for there, here in private.items():
            weight = ours[f"{here}.weight"][track].permute(0, 2, 1)  # in, out, positions
            along_pitch = there in ("pitch_1", "time_2")
            theirs[f"{there}.{track}.0.weight"] = (
                weight[:, :, None, None] if along_pitch else weight[:, :, None, :, None]
            )
            theirs[f"{there}.{track}.0.bias"] = ours[f"{here}.bias"][track]
            for key, entry in NORM_NAMES.items():
                if f"{here}.{key}" in ours:
                    theirs[f"{there}.{track}.{entry}"] = ours[f"{here}.{key}"][track]
        halves = torch.cat((ours["merge.by_pitch"][track], ours["merge.by_time"][track]))
        theirs[f"merge.{track}.0.weight"] = halves[..., None, None, None]
        theirs[f"merge.{track}.0.bias"] = ours["merge.bias"][track : track + 1]
        for key, entry in NORM_NAMES.items():
            if f"merge.norm.{key}" in ours:
                theirs[f"merge.{track}.{entry}"] = ours[f"merge.norm.{key}"][track : track + 1]
    return theirs


def statistics(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in network.state_dict().items() if "running" in name}


@pytest.fixture
def networks() -> tuple[DefaultGenerator, Reference]:
    """The generator and the reference with the same weights, and normalisations that do something."""
    torch.manual_seed(0)
    generator, reference = DefaultGenerator(), Reference()
    shake(generator)
    missed = reference.load_state_dict(as_reference(generator.state_dict()), strict=False)
    assert not missed.unexpected_keys
    assert all(name.endswith("num_batches_tracked") for name in missed.missing_keys)
    return generator, reference


LATENTS = draw_latents(2, 128, (1,))


def test_the_generator_has_as_many_weights_as_musegan() -> None:
    generator = DefaultGenerator()
    assert sum(parameter.numel() for parameter in generator.parameters()) == 2_578_127
    assert sum(buffer.numel() for buffer in generator.buffers()) == 2_762


def test_a_roll_has_the_grid_of_the_data_in_minus_one_to_one() -> None:
    torch.manual_seed(0)
    roll = DefaultGenerator()(LATENTS).detach()
    assert roll.shape == (2, 4, 48, 84, 5)
    assert -1.0 <= float(roll.min()) < -0.9
    assert 0.9 < float(roll.max()) <= 1.0


def test_in_training_it_is_the_network_of_transposed_convolutions(
    networks: tuple[DefaultGenerator, Reference],
) -> None:
    generator, reference = networks
    ours, expected = generator(LATENTS), reference(LATENTS)
    assert_close(ours, expected, 1e-4, "the roll")

    counted = as_reference(generator.state_dict())
    for name, expected_statistic in statistics(reference).items():
        assert_close(counted[name], expected_statistic, 1e-5, name)


def test_it_learns_as_the_network_of_transposed_convolutions(networks: tuple[DefaultGenerator, Reference]) -> None:
    # In float64: in float32 either network is a thousandth off, where a unit lies at the corner of its ReLU.
    generator, reference = networks[0].double(), networks[1].double()
    ours, expected = generator(LATENTS.double()), reference(LATENTS.double())
    assert_close(ours, expected, 1e-10, "the roll")
    listener = torch.randn(expected.shape, generator=torch.Generator().manual_seed(2))
    (ours * listener).sum().backward()
    (expected * listener).sum().backward()
    assert_gradients_agree(generator, reference, as_reference, 1e-10)


def test_at_rest_it_is_the_network_of_transposed_convolutions(networks: tuple[DefaultGenerator, Reference]) -> None:
    generator, reference = networks[0].eval(), networks[1].eval()
    before = {name: tensor.clone() for name, tensor in generator.state_dict().items()}
    with torch.no_grad():
        ours, expected = generator(LATENTS), reference(LATENTS)
    assert_close(ours, expected, 1e-5, "the roll")
    for name, tensor in generator.state_dict().items():
        assert torch.equal(tensor, before[name]), f"{name} changed without training"


def test_folded_weights_play_what_the_layers_play() -> None:
    generator = DefaultGenerator()
    shake(generator)
    generator.eval()
    rows = torch.randn(6, 128)
    weight, bias = generator.bars.folded()
    expected = torch.relu(torch.einsum("mi,ipo->mpo", rows, weight) + bias).flatten(0, 1)
    assert_close(generator.bars(rows), expected, 1e-5, "bars")

    private = generator.time_first[0]
    assert isinstance(private, TrackExpand)
    weight, bias = private.folded()
    expected = torch.relu(torch.einsum("mi,tipo->tmpo", rows, weight) + bias[:, None, None]).flatten(1, 2)
    assert_close(private(rows), expected, 1e-5, "time_first.0")


def test_after_the_first_layer_a_bar_depends_on_no_other_bar() -> None:
    torch.manual_seed(0)
    generator = DefaultGenerator().eval()

    def change_bar_two(_: nn.Module, __: object, rows: Tensor) -> Tensor:
        changed = rows.view(-1, 4, 512).clone()
        changed[:, 2] += 1.0
        return changed.view(-1, 512)

    with torch.no_grad():
        before = generator(LATENTS)
        generator.bars.register_forward_hook(change_bar_two)
        after = generator(LATENTS)
    assert [bool(torch.equal(before[:, bar], after[:, bar])) for bar in range(4)] == [True, True, False, True]


def test_the_output_shift_of_minus_two_lets_a_few_cells_sound_at_first() -> None:
    torch.manual_seed(0)
    sparse = DefaultGenerator(output_shift=-2.0)(LATENTS) > 0
    assert 0.01 < float(sparse.float().mean()) < 0.03
    assert all(0.005 < float(share) < 0.04 for share in sparse.float().mean((0, 1, 2, 3)))
    half = DefaultGenerator()(LATENTS) > 0
    assert 0.4 < float(half.float().mean()) < 0.6
