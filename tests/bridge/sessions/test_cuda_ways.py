from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bridge.contract import ModelContract, from_metadata
from bridge.engine.latents import Latent
from bridge.sessions.cuda_ways import CHECKED_LATENTS, Way, open_on_cuda
from bridge.sessions.interruption import Interruption
from bridge.sessions.opening import CUDA, CannotUse, open_on_cpu
from bridge.sessions.runs import PlainRuns, Rolls, Runs


class Off:
    """A device whose cells are off by so much from the `after`th run on."""

    provider = CUDA

    def __init__(self, exact: Runs, how: str, by: float = 0.0, after: int = 0) -> None:
        self._exact, self.how, self._by, self._after = exact, how, by, after
        self.runs = 0

    def __call__(self, latent: Latent, bars: Sequence[int], _interruption: Interruption | None = None) -> Rolls:
        self.runs += 1
        return self._exact(latent, bars) + np.float32(self._by if self.runs > self._after else 0.0)


@pytest.fixture(scope="module")
def exact(tiny_model: Path) -> PlainRuns:
    return PlainRuns(open_on_cpu(tiny_model), "the CPU")


@pytest.fixture(scope="module")
def contract(tiny_model: Path) -> ModelContract:
    return from_metadata(open_on_cpu(tiny_model).get_modelmeta().custom_metadata_map)


def refuses(reason: str) -> Way:
    def way(_path: Path, _contract: ModelContract) -> Runs:
        raise CannotUse(reason)

    return way


def test_the_first_way_that_plays_the_cpus_bars_is_taken_and_is_warm(
    tiny_model: Path, contract: ModelContract, exact: PlainRuns
) -> None:
    first, second = Off(exact, "first"), Off(exact, "second")
    assert open_on_cuda(tiny_model, contract, exact, (lambda *_: first, lambda *_: second)) is first
    assert (first.how, second.runs) == ("first", 0)
    assert first.runs >= CHECKED_LATENTS > 3  # two ordinary runs, the capture, and replays


@pytest.mark.parametrize("by", [0.01, float("nan"), float("inf")])
def test_a_way_whose_bars_differ_is_passed_over_also_if_that_shows_in_a_replay_alone(
    tiny_model: Path, contract: ModelContract, exact: PlainRuns, by: float
) -> None:
    wrong, right = Off(exact, "graphs", by, after=10), Off(exact, "plain")
    opened = open_on_cuda(tiny_model, contract, exact, (lambda *_: wrong, lambda *_: right))
    assert opened is right
    assert "nothing faster: graphs: its bars are" in opened.how


def test_a_difference_of_rounding_is_none(tiny_model: Path, contract: ModelContract, exact: PlainRuns) -> None:
    assert open_on_cuda(tiny_model, contract, exact, (lambda *_: Off(exact, "graphs", 1e-6),)).how == "graphs"


def test_where_nothing_works_the_plain_ways_reason_is_given(
    tiny_model: Path, contract: ModelContract, exact: PlainRuns
) -> None:
    with pytest.raises(CannotUse, match=r"^no card$"):
        open_on_cuda(tiny_model, contract, exact, (refuses("no graphs"), refuses("no card")))


def test_any_error_of_a_way_is_a_reason(tiny_model: Path, contract: ModelContract, exact: PlainRuns) -> None:
    def broken(_path: Path, _contract: ModelContract) -> Runs:
        raise RuntimeError("in some_file.cc:\nCUDA failure 2: out of memory")

    with pytest.raises(CannotUse, match=r"^CUDA failure 2: out of memory$"):
        open_on_cuda(tiny_model, contract, exact, (broken,))
