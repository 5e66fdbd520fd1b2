"""The check that a file must pass: it finds what would sound different."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

import export.verify
from bridge.contract import ModelContract, from_metadata
from export.errors import ExportError
from export.verify import trained_rolls, verify
from tests.export.conftest import Export
from training.networks.generators import DefaultGenerator
from training.sampling.latent_noise import draw_latents

CELLS = 4 * 5 * 48 * 84


@pytest.fixture(autouse=True)
def few_latents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four do here; the whole number runs once, in the exported fixture."""
    monkeypatch.setattr(export.verify, "LATENTS", 4)


@pytest.fixture(scope="module")
def contract(exported: Export) -> ModelContract:
    return from_metadata({entry.key: entry.value for entry in onnx.load(exported.path).metadata_props})


@pytest.fixture
def with_changed_bias(exported: Export, tmp_path: Path) -> Callable[[float], Path]:
    """Writes the exported file with something added to the last bias of the first track."""

    def write(amount: float) -> Path:
        model = onnx.load(exported.path)
        (bias,) = (constant for constant in model.graph.initializer if constant.name == "branches.pitch_first.0.bias")
        bias.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(bias) + np.float32(amount), bias.name))
        path = tmp_path / "changed.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    return write


def test_a_good_file_passes_and_every_cell_was_compared(
    exported: Export, trained: DefaultGenerator, contract: ModelContract
) -> None:
    ticks = iter(range(1000))
    found = verify(exported.path, trained, contract, clock=lambda: 0.002 * next(ticks))
    assert (found.latents, found.cells, found.cells_differing) == (4, 4 * 3 * CELLS, 0)
    assert 0.0 < found.largest_error < 1e-5
    assert found.bar_ms == pytest.approx(2.0)
    assert found.phrase_ms == pytest.approx(2.0)


def test_the_compared_phrases_have_sounding_and_silent_cells(trained: DefaultGenerator) -> None:
    sounding = trained_rolls(trained, draw_latents(4, trained.latent_size, (7,))) > 0
    assert 10 < sounding.sum() < 0.5 * sounding.size


def test_a_changed_weight_is_found(
    with_changed_bias: Callable[[float], Path], trained: DefaultGenerator, contract: ModelContract
) -> None:
    with pytest.raises(ExportError, match=r"differs from the trained one by 0\.\d+, expected less than 0\.0003"):
        verify(with_changed_bias(0.05), trained, contract)


def test_a_note_too_many_is_found_where_the_error_alone_would_pass(
    with_changed_bias: Callable[[float], Path],
    trained: DefaultGenerator,
    contract: ModelContract,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export.verify, "LARGEST_ERROR", 1.0)
    with pytest.raises(ExportError, match=rf"\d+ of {4 * 3 * CELLS} cells sound in only one .* not by rounding"):
        verify(with_changed_bias(0.3), trained, contract)


def test_a_cell_that_only_rounding_decides_is_counted_and_is_no_error(
    exported: Export, trained: DefaultGenerator, contract: ModelContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export.verify, "LARGEST_ERROR", 1.0)

    class NearlySilent(nn.Module):
        """The trained generator, the loudest cell of each phrase put a hair below the threshold."""

        def forward(self, latent: Tensor) -> Tensor:
            phrases: Tensor = trained(latent)
            cells = phrases.view(len(latent), -1)
            cells[torch.arange(len(latent)), cells.argmax(1)] = -5e-7
            return phrases

    assert verify(exported.path, NearlySilent(), contract).cells_differing == 12


def test_bars_in_the_wrong_order_are_found(
    exported: Export, trained: DefaultGenerator, contract: ModelContract
) -> None:
    class Backwards(nn.Module):
        def forward(self, latent: Tensor) -> Tensor:
            phrase: Tensor = trained(latent)
            return phrase.flip(1)

    with pytest.raises(ExportError, match="differs from the trained one"):
        verify(exported.path, Backwards(), contract)


def test_a_generator_that_computes_no_numbers_is_found(
    exported: Export, trained: DefaultGenerator, contract: ModelContract
) -> None:
    class Broken(nn.Module):
        def forward(self, latent: Tensor) -> Tensor:
            return torch.full_like(trained(latent), torch.nan)

    with pytest.raises(ExportError, match="differs from the trained one by nan"):
        verify(exported.path, Broken(), contract)


def test_a_file_that_says_something_else_of_itself_is_found(
    exported: Export, trained: DefaultGenerator, contract: ModelContract
) -> None:
    with pytest.raises(ExportError, match=r"the file says tempo is 132\.5, expected 90\.0"):
        verify(exported.path, trained, replace(contract, tempo=90.0))


def test_a_file_that_is_no_model_is_found(trained: DefaultGenerator, contract: ModelContract, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(ExportError, match="the bridge cannot play the exported model"):
        verify(path, trained, contract)
