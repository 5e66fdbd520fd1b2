"""The bar of a running training, in virtual time."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from training.training_progress import TrainingProgress


def terminal() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=200, force_terminal=True, color_system=None), text


def test_speed_is_of_the_phrases_between_two_steps() -> None:
    console, _ = terminal()
    progress = TrainingProgress(console, steps=10, first=0)
    progress.step(1, "", phrases=32, now=100.0)
    assert progress.phrases_per_second == 0.0, "one moment has no speed"
    progress.step(2, "", phrases=32, now=102.0)
    assert progress.phrases_per_second == 16.0


def test_a_new_speed_moves_what_is_shown_by_a_tenth_and_in_the_end_altogether() -> None:
    console, _ = terminal()
    progress = TrainingProgress(console, steps=1000, first=0)
    now = 0.0
    for seconds, count in ((1.0, 50), (4.0, 1)):
        for step in range(count):
            progress.step(step, "", phrases=8, now=now)
            now += seconds
    assert progress.phrases_per_second == pytest.approx(8.0)
    progress.step(51, "", phrases=8, now=now)
    assert progress.phrases_per_second == pytest.approx(8.0 + 0.1 * (2.0 - 8.0))
    for step in range(52, 200):
        now += 4.0
        progress.step(step, "", phrases=8, now=now)
    assert progress.phrases_per_second == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize("now", [5.0, 4.0])
def test_a_clock_that_stands_still_or_goes_back_gives_no_speed(now: float) -> None:
    console, _ = terminal()
    progress = TrainingProgress(console, steps=10, first=0)
    progress.step(1, "", phrases=8, now=5.0)
    progress.step(2, "", phrases=8, now=now)
    assert progress.phrases_per_second == 0.0


def test_the_bar_shows_steps_speed_and_losses_from_where_the_run_resumed() -> None:
    console, text = terminal()
    with TrainingProgress(console, steps=10, first=4) as progress:
        progress.step(5, "D 0.5", phrases=8, now=0.0)
        progress.step(6, "D 0.25", phrases=8, now=4.0)
    shown = text.getvalue().split("training")[1:]
    assert " 4/10" in shown[0], "it does not begin where the run resumed"
    assert " 6/10" in shown[-1]
    assert "2.0 phrases/s" in shown[-1]
    assert "D 0.25" in shown[-1]


def test_of_several_processes_one_shows() -> None:
    console, text = terminal()
    with TrainingProgress(console, steps=10, first=0, silent=True) as progress:
        progress.step(1, "D 0.5", phrases=8, now=0.0)
        progress.step(2, "D 0.5", phrases=8, now=1.0)
    assert text.getvalue() == ""
    assert progress.phrases_per_second == 8.0
