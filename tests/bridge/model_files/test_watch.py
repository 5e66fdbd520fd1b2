from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from bridge.clock import now
from bridge.model_files.catalogue import Changes, ModelCatalogue
from bridge.model_files.watch import ModelWatch


class Listener:
    """Keeps what the watch tells it."""

    def __init__(self) -> None:
        self.heard: list[Changes] = []
        self.came = threading.Condition()

    def __call__(self, changes: Changes) -> None:
        with self.came:
            self.heard.append(changes)
            self.came.notify_all()

    def wait_for(self, count: int) -> None:
        with self.came:
            assert self.came.wait_for(lambda: len(self.heard) >= count, timeout=10.0), self.heard


def test_a_new_export_is_told_within_two_seconds(tmp_path: Path, tiny_model: Path) -> None:
    catalogue, listener = ModelCatalogue(tmp_path), Listener()
    catalogue.refresh(now())
    watch = ModelWatch(catalogue, listener)
    watch.start()
    try:
        started = now()
        shutil.copy(tiny_model, tmp_path / "night.onnx")
        listener.wait_for(1)
        assert now() - started < 2.0
    finally:
        watch.close()
    (changes,) = listener.heard
    assert [file.name for file in changes.appeared] == ["night"]
    assert catalogue.names()[-1] == "night"


def test_it_goes_on_whatever_a_listener_does(tmp_path: Path, tiny_model: Path) -> None:
    listener = Listener()

    def listen(changes: Changes) -> None:
        listener(changes)
        raise RuntimeError("the listener is at fault")

    catalogue = ModelCatalogue(tmp_path)
    watch = ModelWatch(catalogue, listen, every_seconds=0.01)
    shutil.copy(tiny_model, tmp_path / "night.onnx")  # the first look takes what is there
    watch.start()
    try:
        listener.wait_for(1)
        (tmp_path / "night.onnx").unlink()
        listener.wait_for(2)
    finally:
        watch.close()
    assert listener.heard[1].vanished == ("night",)


def test_after_close_nobody_looks(tmp_path: Path) -> None:
    class Counting(ModelCatalogue):
        looks = 0

        def refresh(self, now: float) -> Changes:
            self.looks += 1
            return super().refresh(now)

    catalogue = Counting(tmp_path)
    watch = ModelWatch(catalogue, lambda _changes: None, every_seconds=0.001)
    watch.start()
    watch.close()
    looks = catalogue.looks
    assert not any(thread.name == "models" for thread in threading.enumerate())
    assert catalogue.looks == looks


@pytest.mark.parametrize("started", [True, False])
def test_it_can_be_closed_at_any_time(tmp_path: Path, started: bool) -> None:
    watch = ModelWatch(ModelCatalogue(tmp_path), lambda _changes: None)
    if started:
        watch.start()
    watch.close()
    watch.close()
