"""The log of a run."""

from __future__ import annotations

import io
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from training.experiment import Experiment
from training.measures.metrics import measure
from training.step_log import Losses, StepLog


def test_a_later_run_continues_the_log(tmp_path: Path) -> None:
    shown = io.StringIO()
    for text in ("first", "second"):
        StepLog(Experiment(tmp_path), Console(file=shown)).write(text)
    written = (tmp_path / "logs" / "train" / "step.log").read_text(encoding="utf-8")
    assert re.fullmatch(r"\d\d:\d\d:\d\d first\n\d\d:\d\d:\d\d second\n", written)
    assert shown.getvalue() == written


def test_a_folders_name_is_shown_as_it_is(tmp_path: Path) -> None:
    shown = io.StringIO()
    StepLog(Experiment(tmp_path), Console(file=shown, width=40)).write("saved: songs [bold]/[/a]/:smile:/" + 60 * "x")
    assert shown.getvalue().endswith("saved: songs [bold]/[/a]/:smile:/" + 60 * "x" + "\n")


def test_measures_are_a_line_and_a_file(tmp_path: Path) -> None:
    found = measure(np.zeros((2, 1, 12, 24, 2), dtype=np.bool_))
    StepLog(Experiment(tmp_path), Console(file=io.StringIO())).measures(30, found)
    assert json.loads((tmp_path / "eval" / "measures_0000030.json").read_text()) == found.to_mapping()
    log = (tmp_path / "logs" / "train" / "step.log").read_text()
    assert log.endswith(f" step 30 plays: {found.line()}\n")


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_losses_are_finite_only_if_all_are(wrong: float) -> None:
    assert Losses(1.0, -2.0, 3.0).finite()
    assert not any(losses.finite() for losses in (Losses(wrong, 0, 0), Losses(0, wrong, 0), Losses(0, 0, wrong)))


def test_losses_are_a_short_line() -> None:
    assert Losses(-1.25, 0.03126, 12.0).line() == "D -1.250 GP 0.0313 G 12.000"
