"""The layers: what the matrix products are as (transposed) convolutions, and the moments that fold a normalisation."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from tests.training.twins import assert_close
from training.networks.layers import Contract, kernel, overlap_product
from training.networks.normalisation import RowNorm, at_least_float32, row_moments
from training.networks.track_expand import TrackExpand


@pytest.fixture(autouse=True)
def _same_numbers() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("rows", [1, 3, 48, 64, 640])
def test_moments_are_the_mean_and_the_mean_outer_product_of_the_rows(rows: int) -> None:
    x = torch.randn(rows, 5).double() + 1.0
    moments = row_moments(x)
    torch.testing.assert_close(moments.mean, x.mean(0, keepdim=True))
    torch.testing.assert_close(moments.second, torch.einsum("mi,mj->ij", x, x) / rows)


def test_moments_of_private_rows_are_those_of_each_track() -> None:
    x = torch.randn(3, 40, 4)
    moments = row_moments(x)
    for track in range(3):
        alone = row_moments(x[track])
        torch.testing.assert_close(moments.mean[track], alone.mean)
        torch.testing.assert_close(moments.second[track], alone.second)


def test_moments_of_bfloat16_rows_are_float32_and_finer_than_bfloat16() -> None:
    x = (torch.rand(64 * 100, 8) + 0.5).bfloat16()
    moments = row_moments(x)
    assert moments.mean.dtype == moments.second.dtype == torch.float32
    assert_close(moments.mean, x.double().mean(0, keepdim=True).float(), 2e-3, "mean")
    assert_close(moments.second, (x.double().T @ x.double() / len(x)).float(), 2e-3, "second")


def test_rounding_goes_up_to_float32_and_never_down() -> None:
    kinds = {torch.bfloat16: torch.float32, torch.float32: torch.float32, torch.float64: torch.float64}
    assert {kind: at_least_float32(torch.zeros(1, dtype=kind)).dtype for kind in kinds} == kinds


@pytest.mark.parametrize("time", [1, 4])
def test_the_overlap_product_is_a_transposed_convolution_of_kernel_three_and_stride_two(time: int) -> None:
    x, weight, bias = torch.randn(6, 3, 8), torch.randn(8, 3, time, 5), torch.randn(5)
    picture = x.permute(0, 2, 1)[:, :, None]  # (M, in, 1, pitches)
    convolved = F.conv_transpose2d(picture, weight.permute(0, 3, 2, 1), bias, stride=(time, 2))  # (M, out, time, 7)
    expected = convolved.permute(0, 3, 2, 1).reshape(6 * 7 * time, 5)
    torch.testing.assert_close(overlap_product(x, weight, bias), expected)


def test_a_contraction_is_a_product_with_a_leak_of_a_fifth() -> None:
    layer = Contract(2, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0], [-1.0]]))
        layer.bias.fill_(0.5)
    rows = torch.tensor([[3.0, 1.0], [1.0, 3.0]])
    torch.testing.assert_close(layer(rows), torch.tensor([[2.5], [0.2 * -1.5]]))


def test_each_copy_of_a_contraction_has_its_own_weights() -> None:
    layer = Contract(4, 3, copies=2)
    with torch.no_grad():
        layer.bias.normal_()
    x = torch.randn(2, 7, 4)
    expected = torch.stack([F.leaky_relu(x[copy] @ layer.weight[copy] + layer.bias[copy], 0.2) for copy in range(2)])
    torch.testing.assert_close(layer(x), expected)


def test_a_row_norm_is_batch_normalisation_with_the_originals_settings() -> None:
    ours, reference = RowNorm(4, shift=-2.0), torch.nn.BatchNorm1d(4, eps=1e-3, momentum=0.01)
    torch.nn.init.constant_(reference.bias, -2.0)
    rows = 3.0 * torch.randn(50, 4) + 1.0
    torch.testing.assert_close(ours(rows), reference(rows))
    torch.testing.assert_close(ours.running_mean, reference.running_mean)
    torch.testing.assert_close(ours.running_var, reference.running_var)


def test_private_layers_normalise_each_track_as_its_output_would_be() -> None:
    layer = TrackExpand(tracks=2, channels_in=6, channels_out=3, positions=4).double()
    with torch.no_grad():
        layer.bias.normal_()
        layer.scale.uniform_(0.5, 2.0)
        layer.shift.normal_()
    x = torch.randn(2, 32, 6).double() + 2.0
    plain = torch.einsum("tmi,tipo->tmpo", x, layer.weight).flatten(1, 2) + layer.bias[:, None]
    for track, rows in enumerate(layer(x)):
        expected = F.batch_norm(plain[track], None, None, layer.scale[track], layer.shift[track], True, eps=1e-3)
        torch.testing.assert_close(rows, F.relu(expected))
    torch.testing.assert_close(layer.running_mean, 0.01 * plain.mean(1))
    torch.testing.assert_close(layer.running_var, 0.99 + 0.01 * plain.var(1))


def test_weights_begin_as_a_normal_distribution_cut_at_two_standard_deviations() -> None:
    weight = kernel(100, 100).detach()
    assert float(weight.abs().max()) <= 0.1
    assert abs(float(weight.mean())) < 0.002
    assert abs(float(weight.std()) - 0.044) < 0.001  # 0.05 before the cut
