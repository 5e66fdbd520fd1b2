"""Opening a model in the background while another one plays.

In this process, in a thread: while a session is created and tested (ONNX Runtime 1.31, 0.1 to 0.5 s) a thread with the
player's priority wakes up to 3 ms too late once in a hundred times, and at the worst no later than while the band
generates (benchmarks/start.py, two busy cores).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from bridge.clock import Now
from bridge.clock import now as clock_now
from bridge.engine.band import PlaysMeanwhile
from bridge.generator import BadModel, Generator
from bridge.model_files.model_file import ModelFile
from bridge.model_files.self_test import Overtaken, SelfTest, self_test
from bridge.model_files.starting_latents import StartingLatents, read_starting_latents

T = TypeVar("T")

OpenModel = Callable[[Path, str], PlaysMeanwhile]


@dataclass(frozen=True, slots=True, eq=False)
class LoadOrder(Generic[T]):
    """A model that somebody wants; `asker` is the caller's own, such as whom to answer."""

    file: ModelFile
    asker: T


@dataclass(frozen=True, slots=True, eq=False)
class Loaded(Generic[T]):
    """The model has passed its self-test and may play, called by one thread. `starting`: what came along with it, read
    here so that the band that plays waits for no file."""

    order: LoadOrder[T]
    generator: PlaysMeanwhile
    test: SelfTest
    starting: StartingLatents = StartingLatents()


@dataclass(frozen=True, slots=True, eq=False)
class LoadFailed(Generic[T]):
    """The model may not play; `reason` is a sentence that names it."""

    order: LoadOrder[T]
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class LoadOvertaken(Generic[T]):
    """A newer order came before this one was done."""

    order: LoadOrder[T]


LoadOutcome = Loaded[T] | LoadFailed[T] | LoadOvertaken[T]


class ModelLoader(Generic[T]):
    """Opens and tests one model at a time in a thread of its own; the newest order wins.

    Every order has exactly one outcome, unless the loader is closed first. `wake` is called in any thread whenever
    there is one to take; it must not block (Inbox.wake).
    """

    def __init__(
        self,
        provider: str,
        wake: Callable[[], None],
        open_model: OpenModel = Generator,
        now: Now = clock_now,
    ) -> None:
        """`provider`: cpu where the band that plays cannot run on CUDA: auto would look for it anew each time."""
        self._provider, self._wake, self._open_model, self._now = provider, wake, open_model, now
        self._outcomes: queue.SimpleQueue[LoadOutcome[T]] = queue.SimpleQueue()
        self._waiting: LoadOrder[T] | None = None
        self._current: LoadOrder[T] | None = None  # None also while an overtaken one is still being opened
        self._closing = False
        self._changed = threading.Condition()  # guards the three above
        self._thread: threading.Thread | None = None

    @property
    def busy_with(self) -> str | None:
        """The name of the model that is being opened or tested, or waits for that."""
        with self._changed:
            order = self._waiting or self._current
            return None if order is None else order.file.name

    def load(self, file: ModelFile, asker: T) -> None:
        """Order a model; returns at once. An order that is not done yet is overtaken. Ignored after close."""
        with self._changed:
            if self._closing:
                return
            overtaken = [order for order in (self._current, self._waiting) if order is not None]
            self._current, self._waiting = None, LoadOrder(file, asker)
            for order in overtaken:
                self._outcomes.put(LoadOvertaken(order))
            self._changed.notify()
            if self._thread is None:
                # A daemon thread, so that a model that hangs cannot keep the process from ending.
                self._thread = threading.Thread(target=self._run, name="model loader", daemon=True)
                self._thread.start()
        if overtaken:
            self._wake()

    def take(self) -> LoadOutcome[T] | None:
        """The next outcome, in the order of load; None where there is none yet. Never waits."""
        try:
            return self._outcomes.get_nowait()
        except queue.Empty:
            return None

    def close(self) -> None:
        """Forget what is ordered; waits a second for a model that is being opened."""
        with self._changed:
            self._closing, self._current, self._waiting = True, None, None
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(timeout=1.0)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._waiting is not None)
                if self._closing:
                    return
                order, self._waiting = self._waiting, None
                self._current = order
            assert order is not None
            self._hand_over(order, self._outcome(order))

    def _hand_over(self, order: LoadOrder[T], outcome: LoadOutcome[T] | None) -> None:
        with self._changed:
            if outcome is None or self._current is not order:
                return
            self._current = None
            self._outcomes.put(outcome)
        self._wake()

    def _outcome(self, order: LoadOrder[T]) -> LoadOutcome[T] | None:
        """None: overtaken, and answered already. Never raises."""
        try:
            generator = self._open_model(order.file.path, self._provider)
            test = self_test(generator, self._now, lambda: self._current is not order)
            return Loaded(order, generator, test, read_starting_latents(order.file.path, generator.contract))
        except Overtaken:
            return None
        except BadModel as problem:
            return LoadFailed(order, f"{order.file.name!r} cannot be played: {problem}")
        except Exception as problem:  # such as no memory; the old model plays on whatever a file holds
            return LoadFailed(order, f"{order.file.name!r} cannot be opened: {type(problem).__name__}: {problem}")
