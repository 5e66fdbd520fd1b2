"""Runs of a real model that are ended before they are over."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.contract import ModelContract
from bridge.engine.latents import Latent, draw_latent
from bridge.generator import Generator
from bridge.paths import EMBEDDED_MODEL
from bridge.sessions.interruption import Interrupted, Interruption
from bridge.sessions.opening import open_on_cpu
from bridge.sessions.runs import PlainRuns

BARS = [0, 1, 2, 3]
AGAIN = 200


def _latent_of(model: Path) -> Latent:
    return draw_latent(Generator(model, "cpu").contract, 1)


def test_what_is_not_interrupted_plays_the_same(tiny_model: Path) -> None:
    runs, latent = PlainRuns(open_on_cpu(tiny_model), "the CPU"), _latent_of(tiny_model)
    np.testing.assert_array_equal(runs(latent, BARS, Interruption()), runs(latent, BARS))


def test_what_was_interrupted_before_it_began_does_not_run_and_the_next_one_does(tiny_model: Path) -> None:
    runs, latent, interruption = PlainRuns(open_on_cpu(tiny_model), "the CPU"), _latent_of(tiny_model), Interruption()
    interruption.interrupt()
    with pytest.raises(Interrupted):
        runs(latent, BARS, interruption)
    assert runs(latent, BARS, Interruption()).shape[0] == len(BARS)


def test_another_thread_ends_a_run_in_hand() -> None:
    """A run of the band that comes along takes milliseconds; whoever interrupts it waits for it to begin."""
    generator = Generator(EMBEDDED_MODEL, "cpu")
    latent = draw_latent(generator.contract, 1)
    ended = 0
    for number in range(AGAIN):
        interruption = Interruption()
        later = threading.Timer(0.0005 * (number % 4), interruption.interrupt)
        later.start()
        try:
            with generator.ended_by(interruption):
                generator(latent, BARS)
                while True:  # until it is interrupted, within a run or between two
                    generator(latent, BARS)
        except Interrupted:
            ended += 1
        later.join()
    assert ended == AGAIN
    assert np.isfinite(generator(latent, BARS)).all(), "not for the runs after it"


def test_a_run_on_the_second_core_is_ended_too(tiny_model: Path) -> None:
    generator, interruption = Generator(tiny_model, "cpu"), Interruption()
    latent = draw_latent(generator.contract, 1)
    interruption.interrupt()
    with generator.ended_by(interruption):
        coming = generator.begin(latent, [1, 2, 3])
    with pytest.raises(Interrupted):
        coming()
    assert generator.begin(latent, [1, 2, 3])().shape[0] == 3


class Broken:
    """A session that fails for a reason of its own."""

    def get_providers(self) -> list[str]:
        return ["CPUExecutionProvider"]

    def run(self, *_arguments: Any) -> Any:
        raise RuntimeError("no memory")


def test_a_failure_is_no_interruption(band: ModelContract) -> None:
    with pytest.raises(RuntimeError, match="no memory"):
        PlainRuns(Broken(), "the CPU")(draw_latent(band, 1), BARS, Interruption())
