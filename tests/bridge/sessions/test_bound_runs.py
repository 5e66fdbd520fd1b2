"""Bound buffers, on the CPU: the same calls as on CUDA, with buffers in the machine's memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from bridge.contract import ModelContract, from_metadata
from bridge.engine.latents import draw_latent
from bridge.sessions.bound_runs import BoundRuns, bar_counts
from bridge.sessions.opening import CPU, CannotUse, open_on_cpu
from bridge.sessions.runs import PlainRuns


@pytest.fixture(scope="module")
def contract(tiny_model: Path) -> ModelContract:
    return from_metadata(open_on_cpu(tiny_model).get_modelmeta().custom_metadata_map)


@pytest.fixture(scope="module")
def bound(tiny_model: Path, contract: ModelContract) -> BoundRuns:
    return BoundRuns(tiny_model, contract, captures=False, options={}, provider=CPU)


@pytest.mark.parametrize("bars", [[0], [3], [0, 1, 2, 3], [1, 2, 3], [2, 0], [3, 3], [2, 1, 0]])
def test_bound_buffers_hold_the_bars_of_the_plain_way_to_the_last_bit(
    tiny_model: Path, contract: ModelContract, bound: BoundRuns, bars: list[int]
) -> None:
    plain = PlainRuns(open_on_cpu(tiny_model), "plain")
    for seed in range(3):
        latent = draw_latent(contract, seed)
        np.testing.assert_array_equal(bound(latent, bars), plain(latent, bars))


def test_other_bars_of_the_same_number_are_loaded_into_the_buffers_anew(
    bound: BoundRuns, contract: ModelContract
) -> None:
    latent = draw_latent(contract, 1)
    phrase = bound(latent, [0, 1, 2, 3]).copy()
    for bar in (2, 0, 2):
        np.testing.assert_array_equal(bound(latent, [bar]), phrase[[bar]])


@pytest.mark.parametrize(("bars", "counts"), [(1, [1]), (2, [1, 2]), (4, [1, 3, 4]), (3000, [1, 2999, 3000])])
def test_there_are_buffers_for_a_bar_for_the_rest_and_for_the_phrase(bars: int, counts: list[int]) -> None:
    assert bar_counts(bars) == counts


def test_a_graph_that_reads_the_stack_when_replayed_is_not_captured(
    tiny_model: Path, contract: ModelContract, tmp_path: Path
) -> None:
    model = onnx.load(str(tiny_model))
    model.graph.node.append(helper.make_node("GatherND", ["a", "b"], ["c"]))
    path = tmp_path / "stack.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(CannotUse, match="its graph has GatherND, which cannot be captured: export the model again"):
        BoundRuns(path, contract, captures=True)
