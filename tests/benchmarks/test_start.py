"""What the measure of the start reads out of what others tell."""

from __future__ import annotations

import math
import os
import sys

import pytest

from benchmarks.start import STAGES, Start, lateness, packages, resident, slowest_imports, stage_seconds

LOG = """\
interpreter 10.1 0.0
imports 10.6 0.0
model 10.8 10.62
library 10.85 10.82
doors 10.9 10.89
library 10.93 10.91
doors 10.97 10.95
"""

TOLD = """\
import time: self [us] | cumulative | imported package
import time:       300 |        300 |     bridge.clock
import time:      1500 |       1800 |   bridge
import time:       700 |       2500 | numpy.linalg
WARNING: something | else
"""


def test_a_stage_goes_from_its_begin_or_from_the_end_before_it() -> None:
    seconds = stage_seconds(LOG, Start(begun=10.0, ready=1.2, waited=0.0))
    assert list(seconds) == list(STAGES)
    assert seconds["interpreter"] == pytest.approx(0.1)
    assert seconds["imports"] == pytest.approx(0.5)
    assert seconds["model"] == pytest.approx(0.18)
    assert seconds["library"] == pytest.approx(0.05)
    assert seconds["doors"] == pytest.approx(0.03)


def test_the_stages_and_the_rest_make_the_whole_start() -> None:
    assert sum(stage_seconds(LOG, Start(10.0, 1.2, 0.0)).values()) == pytest.approx(1.2)
    assert stage_seconds("", Start(10.0, 1.2, 0.0))[STAGES[-1]] == pytest.approx(1.2)


def test_the_slowest_imports_come_first_by_their_own_time() -> None:
    assert slowest_imports(TOLD, 2) == [("bridge", 0.0015, 0.0018), ("numpy.linalg", 0.0007, 0.0025)]
    assert len(slowest_imports(TOLD, 10)) == 3
    assert slowest_imports("", 10) == []


def test_naps_that_a_load_touches_are_told_from_the_others() -> None:
    naps = [(1.0, 1.001), (1.9, 2.4), (2.5, 2.502), (3.5, 3.9), (5.0, 5.003)]
    loads = [(2.0, 3.0), (3.6, 3.7)]
    assert lateness(naps, loads, during=True) == pytest.approx([400.0, 498.0, 500.0])
    assert lateness(naps, loads, during=False)[2] == pytest.approx(3.0)
    assert lateness(naps, [], during=False)[2] == pytest.approx(500.0)


def test_without_naps_nothing_is_known_of_their_lateness() -> None:
    assert all(math.isnan(one) for one in lateness([], [(0.0, 1.0)], during=True))
    assert all(math.isnan(one) for one in lateness([(5.0, 5.1)], [(0.0, 1.0)], during=True))


def test_the_base_install_has_what_the_bridge_needs_and_no_extra() -> None:
    found = {one.name: one for one in packages(["numpy", "mido"])}
    assert {"numpy", "mido", "pillow", "rich"} <= set(found)
    assert {"markdown-it-py", "mdurl"} <= set(found), "what rich needs comes along"
    assert not {"torch", "onnx", "pytest", "ruff", "dask"} & set(found)
    assert found["numpy"].megabytes > 5.0
    assert found["numpy"].imported
    assert not found["rich"].imported
    sizes = [one.megabytes for one in packages([])]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells it in a file")
def test_a_process_that_runs_has_memory_and_one_that_is_gone_has_none_known() -> None:
    assert 10.0 < resident(os.getpid()) < 100_000.0
    assert math.isnan(resident(2**22 + 1))
