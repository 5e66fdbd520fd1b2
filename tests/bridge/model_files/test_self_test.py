from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.clock import now
from bridge.contract import LatentLayout, ModelContract
from bridge.engine.latents import Latent
from bridge.generator import BadModel, Generator
from bridge.model_files.self_test import Overtaken, self_test
from bridge.paths import EMBEDDED_MODEL
from tests.bridge.model_files.spoilt_model import write_spoilt_model
from tests.fakes import PatternGenerator


@pytest.mark.parametrize("embedded", [True, False])
def test_a_good_model_passes_and_is_timed(embedded: bool, tiny_model: Path) -> None:
    found = self_test(Generator(EMBEDDED_MODEL if embedded else tiny_model, "cpu"), now)
    assert 0 < found.bar_ms < 1000
    assert 0 < found.phrase_ms < 10_000
    assert found.largest_difference <= 1e-4
    assert found.notes == ()


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("no number", "no numbers"),
        ("too loud", r"values go from -3 to .*, its contract says -1 to 1"),
        ("all the same", "all cells of its phrases have the same value"),
        ("moody", "another phrase each time"),
        ("bars that listen to each other", r"bar 0 computed alone differs from bar 0 of the phrase by"),
        ("deaf to its latent", "the same phrase whatever the latent"),
    ],
)
def test_a_model_with_a_fault_is_refused_by_it(fault: str, says: str, band: ModelContract, tmp_path: Path) -> None:
    path = tmp_path / "spoilt.onnx"
    write_spoilt_model(path, band, fault)
    generator = Generator(path, "cpu")  # it opens and runs: only playing it shows the fault
    with pytest.raises(BadModel, match=says):
        self_test(generator, now)


def test_a_silent_model_passes_with_a_note(band: ModelContract, tmp_path: Path) -> None:
    path = tmp_path / "silent.onnx"
    write_spoilt_model(path, band, "silent")
    (note,) = self_test(Generator(path, "cpu"), now).notes
    assert note == "at its threshold of 0.5 it is silent: lower the threshold to hear it"


class SlowGenerator(PatternGenerator):
    """Each bar takes its time, on a clock of its own."""

    def __init__(self, contract: ModelContract, bar_seconds: float) -> None:
        super().__init__(contract)
        self.time, self._bar_seconds = 0.0, bar_seconds

    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        self.time += len(bars) * self._bar_seconds
        return super().__call__(latent, bars)


def test_the_times_are_those_of_a_bar_and_of_a_phrase(band: ModelContract) -> None:
    slow = SlowGenerator(band, 0.25)
    found = self_test(slow, lambda: slow.time)
    assert found.bar_ms == pytest.approx(250.0)
    assert found.phrase_ms == pytest.approx(1000.0)


def test_a_model_that_no_song_can_wait_for_is_refused(band: ModelContract) -> None:
    slow = SlowGenerator(band, 1.5)
    with pytest.raises(BadModel, match=r"a bar takes 1\.5 s to compute, expected less than 1 s"):
        self_test(slow, lambda: slow.time)


@pytest.mark.parametrize("truncation", [0.0, 1e-9, -1.0, float("nan"), float("inf")])
def test_a_truncation_that_would_be_drawn_for_ever_is_refused(band: ModelContract, truncation: float) -> None:
    contract = replace(band, latent=LatentLayout(song=8, truncation=truncation))
    with pytest.raises(BadModel, match="its latents are cut at"):
        self_test(PatternGenerator(contract), now)


def test_of_a_long_phrase_some_bars_are_computed_alone(band: ModelContract) -> None:
    generator = PatternGenerator(replace(band, bars=40, lowest_pitch=0, pitches=128))
    self_test(generator, now)
    alone = {bars for bars in generator.computed if len(bars) == 1}
    assert 10 <= len(alone) <= 17


def test_it_is_broken_off_when_nobody_waits_for_it(band: ModelContract) -> None:
    generator = PatternGenerator(band)
    with pytest.raises(Overtaken):
        self_test(generator, now, overtaken=lambda: len(generator.computed) > 5)
    assert len(generator.computed) < 15


def test_a_gpu_may_round_otherwise_for_a_bar_alone(band: ModelContract) -> None:
    class Rounding(PatternGenerator):
        def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
            return super().__call__(latent, bars) + np.float32(1e-3 * (len(bars) == 1))

    generator = Rounding(band)
    generator.provider = "CPUExecutionProvider"
    with pytest.raises(BadModel, match="expected at most 1e-04"):
        self_test(generator, now)
    generator.provider = "CUDAExecutionProvider"
    assert self_test(generator, now).largest_difference == pytest.approx(1e-3, rel=0.01)
