from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.contract import ModelContract
from bridge.engine.band import PlaysMeanwhile
from bridge.engine.latents import draw_latent
from bridge.generator import Generator
from bridge.model_files.loader import Loaded, LoadFailed, LoadOutcome, LoadOvertaken, ModelLoader
from bridge.model_files.model_file import ModelFile, read_contract
from tests.bridge.model_files.spoilt_model import write_spoilt_model


def file_of(path: Path) -> ModelFile:
    contract, problem = read_contract(path)
    return ModelFile(path.stem, path, path.stat().st_size, path.stat().st_mtime, contract, problem)


class Engine:
    """The engine's side of a loader: woken up, it takes what there is."""

    def __init__(self) -> None:
        self._woken = threading.Semaphore(0)
        self.loader: ModelLoader[int]

    def wake(self) -> None:
        self._woken.release()

    def outcome(self) -> LoadOutcome[int]:
        """The next outcome, waiting for a wake-up as the engine does."""
        while (taken := self.loader.take()) is None:
            assert self._woken.acquire(timeout=20.0), "no outcome, and nobody woke the engine"
        return taken


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    engine.loader = ModelLoader("cpu", engine.wake)
    yield engine
    engine.loader.close()


class Gate:
    """Opens models like a Generator, but holds each at the gate until the test lets it through."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.through = threading.Semaphore(0)
        self.opened: list[str] = []

    def __call__(self, path: Path, provider: str) -> PlaysMeanwhile:
        self.opened.append(path.stem)
        self.entered.release()
        assert self.through.acquire(timeout=20.0)
        return Generator(path, provider)


@pytest.fixture
def gate(engine: Engine) -> Gate:
    gate = Gate()
    engine.loader = ModelLoader("cpu", engine.wake, gate)
    return gate


def test_a_model_is_handed_over_ready_to_play(engine: Engine, tiny_model: Path) -> None:
    file = file_of(tiny_model)
    engine.loader.load(file, 7)
    outcome = engine.outcome()
    assert isinstance(outcome, Loaded)
    assert (outcome.order.file, outcome.order.asker) == (file, 7)
    assert outcome.test.bar_ms > 0
    assert outcome.generator.contract == file.contract
    assert outcome.generator(draw_latent(outcome.generator.contract, 1), [0]).shape == (1, 5, 48, 84)
    assert engine.loader.take() is None
    assert engine.loader.busy_with is None


def test_load_returns_at_once_and_says_what_it_is_busy_with(engine: Engine, gate: Gate, tiny_model: Path) -> None:
    engine.loader.load(file_of(tiny_model), 1)
    assert gate.entered.acquire(timeout=20.0)
    assert engine.loader.busy_with == "tiny"
    assert engine.loader.take() is None
    gate.through.release()
    assert isinstance(engine.outcome(), Loaded)


def test_a_file_that_is_no_model_fails_with_a_sentence_that_names_it(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "notes.onnx"
    path.write_text("these are not weights")
    engine.loader.load(file_of(path), 1)
    outcome = engine.outcome()
    assert isinstance(outcome, LoadFailed)
    assert outcome.reason.startswith("'notes' cannot be played: ")
    assert "is not an ONNX model" in outcome.reason


def test_a_file_that_went_since_fails(engine: Engine, tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "gone.onnx"
    path.write_bytes(tiny_model.read_bytes())
    file = file_of(path)
    path.unlink()
    engine.loader.load(file, 1)
    outcome = engine.outcome()
    assert isinstance(outcome, LoadFailed)
    assert "there is no model file" in outcome.reason


def test_a_model_that_fails_its_self_test_is_not_handed_over(
    engine: Engine, band: ModelContract, tmp_path: Path
) -> None:
    path = tmp_path / "moody.onnx"
    write_spoilt_model(path, band, "moody")
    engine.loader.load(file_of(path), 1)
    outcome = engine.outcome()
    assert isinstance(outcome, LoadFailed)
    assert outcome.reason.startswith("'moody' cannot be played: the same latent gives another phrase each time")


def test_whatever_goes_wrong_is_an_outcome_and_the_next_model_loads(engine: Engine, tiny_model: Path) -> None:
    full = [True]

    def open_model(path: Path, provider: str) -> PlaysMeanwhile:
        if full.pop():
            raise MemoryError("no room")
        return Generator(path, provider)

    full.insert(0, False)
    engine.loader = ModelLoader("cpu", engine.wake, open_model)
    engine.loader.load(file_of(tiny_model), 1)
    outcome = engine.outcome()
    assert isinstance(outcome, LoadFailed)
    assert outcome.reason == "'tiny' cannot be opened: MemoryError: no room"
    engine.loader.load(file_of(tiny_model), 2)
    assert isinstance(engine.outcome(), Loaded)


def test_the_newest_order_wins_and_each_older_one_is_told_at_once(engine: Engine, gate: Gate, tiny_model: Path) -> None:
    file = file_of(tiny_model)
    engine.loader.load(file, 1)
    assert gate.entered.acquire(timeout=20.0)
    for asker in (2, 3):
        engine.loader.load(file, asker)
        outcome = engine.outcome()  # while the first is still held at the gate
        assert isinstance(outcome, LoadOvertaken)
        assert outcome.order.asker == asker - 1
    gate.through.release(2)
    outcome = engine.outcome()
    assert isinstance(outcome, Loaded)
    assert outcome.order.asker == 3
    assert gate.opened == ["tiny", "tiny"]  # the one that never began was not opened
    assert engine.loader.take() is None


def test_an_overtaken_model_that_fails_later_is_not_answered_twice(
    engine: Engine, gate: Gate, tiny_model: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "notes.onnx"
    bad.write_text("these are not weights")
    engine.loader.load(file_of(bad), 1)
    assert gate.entered.acquire(timeout=20.0)
    engine.loader.load(file_of(tiny_model), 2)
    gate.through.release(2)
    outcomes = [engine.outcome(), engine.outcome()]
    assert [(type(outcome), outcome.order.asker) for outcome in outcomes] == [(LoadOvertaken, 1), (Loaded, 2)]
    assert engine.loader.take() is None


def test_under_a_storm_of_orders_each_has_exactly_one_outcome(engine: Engine, tiny_model: Path) -> None:
    file = file_of(tiny_model)
    askers = [threading.Thread(target=engine.loader.load, args=(file, asker)) for asker in range(40)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    outcomes = [engine.outcome() for _ in range(40)]
    assert sorted(outcome.order.asker for outcome in outcomes) == list(range(40))
    assert isinstance(outcomes[-1], Loaded)
    assert engine.loader.take() is None


def test_the_loader_keeps_no_hold_on_what_it_handed_over(engine: Engine, tiny_model: Path) -> None:
    engine.loader.load(file_of(tiny_model), 1)
    outcome = engine.outcome()
    assert isinstance(outcome, Loaded)
    engine.loader.close()
    generator = weakref.ref(outcome.generator)
    del outcome
    gc.collect()
    assert generator() is None


def test_after_close_nothing_is_loaded_and_the_thread_is_gone(engine: Engine, tiny_model: Path) -> None:
    engine.loader.load(file_of(tiny_model), 1)
    engine.outcome()
    engine.loader.close()
    engine.loader.load(file_of(tiny_model), 2)
    engine.loader.close()
    assert engine.loader.take() is None
    assert not any(thread.name == "model loader" for thread in threading.enumerate())


def test_it_can_be_closed_while_a_model_is_opened(engine: Engine, gate: Gate, tiny_model: Path) -> None:
    engine.loader.load(file_of(tiny_model), 1)
    assert gate.entered.acquire(timeout=20.0)
    gate.through.release()
    engine.loader.close()
    assert engine.loader.take() is None


def test_a_loader_that_never_loaded_has_no_thread(engine: Engine) -> None:
    assert not any(thread.name == "model loader" for thread in threading.enumerate())
    engine.loader.close()
