from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from bridge.contract import ModelContract, to_metadata
from bridge.engine.latents import Latent, draw_latent
from bridge.generator import BadModel, Generator
from bridge.sessions.opening import CPU, CUDA
from bridge.sessions.runs import Rolls, Runs
from tests.bridge.sessions.fake_gpu import Clock, FakeGpu, TimedRuns


@pytest.fixture(scope="module")
def generator(tiny_model: Path) -> Generator:
    return Generator(tiny_model, "cpu")


def test_it_computes_the_bars_asked_for_in_the_order_asked_for(generator: Generator) -> None:
    latent = draw_latent(generator.contract, 1)
    phrase = generator(latent, [0, 1, 2, 3])
    assert phrase.shape == (4, 5, 48, 84)
    assert phrase.dtype == np.float32
    np.testing.assert_array_equal(generator(latent, [2, 0]), phrase[[2, 0]])


def test_what_is_begun_meanwhile_is_what_is_computed_at_once(generator: Generator) -> None:
    latent = draw_latent(generator.contract, 1)
    coming = generator.begin(latent, [1, 2, 3])
    first = generator(latent, [0])
    np.testing.assert_array_equal(np.concatenate((first, coming())), generator(latent, [0, 1, 2, 3]))
    with pytest.raises(ValueError, match="bars"):
        generator.begin(latent, [4])


def test_cuda_is_run_by_one_thread_alone(tiny_model: Path) -> None:
    clock = Clock()
    gpu = FakeGpu(clock)
    asked = as_asked(gpu, clock, tiny_model, "cuda")
    coming = asked.begin(draw_latent(asked.contract, 1), [1, 2])
    assert gpu.runs.calls == 0
    assert coming().shape[0] == 2
    assert gpu.runs.calls == 1


def test_the_provider_that_really_runs_is_reported(tiny_model: Path) -> None:
    asked = Generator(tiny_model, "cuda")
    if asked.provider == "CPUExecutionProvider":  # no GPU here
        assert asked.notice is not None
        assert "CUDA was asked for but cannot be used" in asked.notice
    assert Generator(tiny_model, "auto").provider in ("CPUExecutionProvider", "CUDAExecutionProvider")
    assert Generator(tiny_model, "cpu").notice is None


def test_a_latent_of_another_length_or_a_bar_that_is_not_there_is_refused(generator: Generator) -> None:
    with pytest.raises(ValueError, match=r"shape \(3,\), expected \(8,\)"):
        generator(np.zeros(3, dtype=np.float32), [0])
    for bars in ([], [4], [-1]):
        with pytest.raises(ValueError, match="bars"):
            generator(draw_latent(generator.contract, 1), bars)


def test_files_that_are_no_models_are_refused_by_name(tmp_path: Path) -> None:
    text = tmp_path / "notes.onnx"
    text.write_text("these are not weights")
    for path, says in (
        (tmp_path / "nowhere.onnx", "there is no model file"),
        (text, "not an ONNX model"),
        (tmp_path, "there is no model file"),
    ):
        with pytest.raises(BadModel, match=says) as caught:
            Generator(path, "cpu")
        assert str(path) in str(caught.value)


def test_a_model_whose_contract_is_missing_or_disagrees_with_its_graph_is_refused(
    tiny_model: Path, band: ModelContract, generator: Generator, tmp_path: Path
) -> None:
    for name, metadata, says in (
        ("missing", {}, "was not written by maisynth-export"),
        ("latent", to_metadata(replace(generator.contract, latent=band.latent)), "'latent' is tensor"),
        ("grid", to_metadata(replace(generator.contract, steps_per_beat=4)), "'pianoroll' is tensor"),
        ("bars", to_metadata(replace(generator.contract, bars=8)), "cannot run"),
    ):
        model = onnx.load(str(tiny_model))
        helper.set_model_props(model, metadata)
        path = tmp_path / f"{name}.onnx"
        onnx.save(model, str(path))
        with pytest.raises(BadModel, match=says):
            Generator(path, "cpu")


def as_asked(gpu: FakeGpu, clock: Clock, path: Path, provider: str) -> Generator:
    return Generator(path, provider, gpu, clock, clock.pause)


def test_auto_takes_the_one_that_measures_faster_and_says_why(tiny_model: Path) -> None:
    clock = Clock()
    fast = as_asked(FakeGpu(clock, bar_seconds=0.0), clock, tiny_model, "auto")
    # In virtual time the CPU takes none: equally fast, and the CPU is the one that needs no card.
    assert (fast.provider, fast.providers) == (CPU, (CPU, CUDA))
    slow = as_asked(FakeGpu(clock, bar_seconds=0.02), clock, tiny_model, "auto")
    assert slow.provider == CPU
    assert slow.notice is None
    assert slow.provider_reason == "the CPU plays: 0.00 ms a bar and 0.00 a phrase, CUDA graphs 20.00 and 80.00"


def test_choosing_takes_less_than_a_second_and_no_time_at_all_without_cuda(tiny_model: Path) -> None:
    clock = Clock()
    begun = clock()
    as_asked(FakeGpu(clock, bar_seconds=0.001), clock, tiny_model, "auto")
    assert 0.3 < clock() - begun < 1.0
    begun = clock()
    without = as_asked(FakeGpu(clock, missing="no driver"), clock, tiny_model, "auto")
    assert clock() == begun
    assert without.notice is None
    assert without.provider_reason == "the CPU plays: CUDA cannot be used (no driver)"


def test_cuda_that_was_asked_for_plays_however_slow_it_is(tiny_model: Path, generator: Generator) -> None:
    clock = Clock()
    gpu = FakeGpu(clock, bar_seconds=0.5)
    asked = as_asked(gpu, clock, tiny_model, "cuda")
    latent = draw_latent(asked.contract, 1)
    for _ in range(40):
        np.testing.assert_array_equal(asked(latent, [1, 2]), generator(latent, [1, 2]))
    assert (asked.provider, gpu.runs.calls) == (CUDA, 40)
    assert asked.provider_reason == "CUDA plays, as asked: CUDA graphs"


ASK = {"at once": lambda auto, latent: auto(latent, [0]), "meanwhile": lambda auto, latent: auto.begin(latent, [0])()}


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
def test_auto_moves_to_the_gpu_when_the_cpu_turns_slow(
    tiny_model: Path, ask: Callable[[Generator, Latent], Rolls]
) -> None:
    clock = Clock()
    gpu = FakeGpu(clock, bar_seconds=0.001)
    auto = as_asked(gpu, clock, tiny_model, "auto")
    busy = TimedRuns(auto._cpu, clock, 0.01, CPU)  # a DAW has taken the cores
    auto._cpu, auto._ways[CPU] = busy, busy
    latent = draw_latent(auto.contract, 1)
    before = gpu.runs.calls
    for _ in range(30):
        ask(auto, latent)
    assert auto.provider == CUDA
    assert gpu.runs.calls - before >= 10
    assert "CUDA graphs plays: the CPU had come to take 10.0 times as long" in auto.provider_reason


@pytest.mark.parametrize("asked", ["cuda", "auto"])
def test_a_gpu_that_fails_in_the_middle_of_a_run_is_replaced_by_the_cpu_within_that_run(
    tiny_model: Path, generator: Generator, asked: str
) -> None:
    clock = Clock()
    gpu = FakeGpu(clock)
    playing = as_asked(gpu, clock, tiny_model, asked)
    playing.provider = CUDA  # also where auto has chosen the CPU
    latent = draw_latent(playing.contract, 1)
    gpu.runs.broken = True
    before = gpu.runs.calls
    for _ in range(3):
        np.testing.assert_array_equal(playing(latent, [3, 1]), generator(latent, [3, 1]))
    assert gpu.runs.calls == before + 1  # a card that failed is not asked again
    assert (playing.provider, playing.providers) == (CPU, (CPU,))
    assert playing.notice == "CUDA failed (CUDA failure 700: an illegal memory access); the CPU plays"
    assert playing.provider_reason == playing.notice


def test_a_gpu_that_fails_while_it_is_measured_leaves_the_cpu(tiny_model: Path) -> None:
    clock = Clock()

    class Fragile(FakeGpu):
        def __call__(self, path: Path, contract: ModelContract, exact: Runs) -> Runs:
            runs = super().__call__(path, contract, exact)
            self.runs.broken = True
            return runs

    opened = as_asked(Fragile(clock), clock, tiny_model, "auto")
    assert opened.provider == CPU
    assert opened.notice is not None
    assert opened.notice.startswith("CUDA failed")


def test_a_failing_cpu_is_an_error(tiny_model: Path) -> None:
    clock = Clock()
    playing = as_asked(FakeGpu(clock, missing="no card"), clock, tiny_model, "cpu")
    broken = TimedRuns(playing._cpu, clock, 0.0, CPU)
    broken.broken = True
    playing._ways[CPU] = broken
    with pytest.raises(RuntimeError, match="illegal memory access"):
        playing(draw_latent(playing.contract, 1), [0])


def test_no_later_call_touches_what_an_earlier_one_has_returned(generator: Generator) -> None:
    first = generator(draw_latent(generator.contract, 1), [0])
    kept = first.copy()
    generator(draw_latent(generator.contract, 2), [0])
    np.testing.assert_array_equal(first, kept)


def test_a_provider_that_nobody_knows_is_refused(tiny_model: Path) -> None:
    with pytest.raises(ValueError, match="provider is 'tpu', expected one of: auto, cpu, cuda"):
        Generator(tiny_model, "tpu")
