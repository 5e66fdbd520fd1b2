from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from export.half_weights import SMALLEST, with_half_weights


def test_it_says_nearly_the_same_from_half_of_the_bytes(tiny_model: Path) -> None:
    model = onnx.load(tiny_model)
    halved = with_half_weights(model)
    onnx.checker.check_model(halved, full_check=True)
    whole, half = model.SerializeToString(), halved.SerializeToString()
    assert len(half) < 0.55 * len(whole)
    feed = {"latent": np.linspace(-1, 1, 8, dtype=np.float32)[None], "bars": np.arange(4)}
    rolls = [
        onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"]).run(None, feed)[0]
        for content in (whole, half)
    ]
    np.testing.assert_allclose(rolls[1], rolls[0], atol=2e-3)
    assert not np.array_equal(rolls[1], rolls[0])


def test_small_weights_and_whole_numbers_stay_as_they_are(tiny_model: Path) -> None:
    model = onnx.load(tiny_model)
    halved = with_half_weights(model)
    for before, after in zip(model.graph.initializer, halved.graph.initializer, strict=True):
        is_large = int(np.prod(before.dims)) >= SMALLEST
        assert (before == after) is not is_large
