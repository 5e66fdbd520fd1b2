from __future__ import annotations

from itertools import pairwise

import pytest

from bridge.sessions.pace import Pace
from bridge.sessions.rivalry import FIRST_REST, TRIAL, WINDOW, Rivalry

SPOKEN = {"cpu": "the CPU", "gpu": "CUDA graphs"}


def rivals(cpu: float = 0.001, gpu: float = 0.0002) -> Rivalry:
    """On a band of four bars; seconds a bar, and four times that a phrase."""
    return Rivalry({"cpu": Pace(cpu, 4 * cpu, 4), "gpu": Pace(gpu, 4 * gpu, 4)}, SPOKEN)


class Evening:
    """A rivalry over time: each provider takes so many seconds a bar, whichever number of bars is asked for."""

    def __init__(self, rivalry: Rivalry, **seconds: float) -> None:
        self.rivalry, self.seconds = rivalry, seconds
        self.now, self.played = 0.0, ""

    def play(self, runs: int, apart: float = 0.5) -> str:
        """The initials of who played each run."""
        self.played = ""
        for run in range(runs):
            self.played += self.rivalry.playing[0]
            bars = (1, 3, 4)[run % 3]
            self.now += apart
            self.rivalry.took(bars, self.seconds[self.rivalry.playing] * bars, self.now)
        return self.played


@pytest.mark.parametrize(
    ("cpu", "gpu", "plays"), [(0.001, 0.0002, "gpu"), (0.001, 0.003, "cpu"), (0.001, 0.001, "cpu")]
)
def test_the_faster_one_plays_and_the_figures_say_why(cpu: float, gpu: float, plays: str) -> None:
    rivalry = rivals(cpu, gpu)
    assert rivalry.playing == plays
    assert rivalry.reason.startswith(f"{SPOKEN[plays]} plays: ")
    for figure in (cpu, gpu):
        assert f"{figure * 1e3:.2f}" in rivalry.reason
        assert f"{figure * 4e3:.2f}" in rivalry.reason


def test_one_that_does_as_measured_plays_all_evening() -> None:
    assert set(Evening(rivals(), cpu=0.001, gpu=0.0002).play(2000)) == {"g"}


def test_a_single_slow_run_changes_nothing() -> None:
    evening = Evening(rivals(), cpu=0.001, gpu=0.0002)
    evening.play(WINDOW)
    evening.rivalry.took(1, 5.0, evening.now)
    assert set(evening.play(100)) == {"g"}


def test_a_gpu_that_turns_slow_gives_way_to_the_cpu_after_a_window_of_runs() -> None:
    evening = Evening(rivals(), cpu=0.001, gpu=0.0002)
    evening.play(WINDOW)
    evening.seconds["gpu"] = 0.005
    assert evening.play(100).index("c") <= WINDOW
    assert set(evening.played[WINDOW : int(FIRST_REST / 0.5)]) == {"c"}
    assert evening.rivalry.reason == "the CPU plays: CUDA graphs had come to take 5.0 times as long"


def test_one_that_is_only_a_little_slower_stays() -> None:
    evening = Evening(rivals(), cpu=0.001, gpu=0.0014)
    assert set(evening.play(200)) == {"g"}


def test_a_trial_that_shows_nothing_better_goes_back_and_the_next_one_comes_later_each_time() -> None:
    evening = Evening(rivals(), cpu=0.005, gpu=0.005)  # both have turned slow: the machine is busy
    played = evening.play(4000)
    trials = [len(run) for run in played.split("g") if run]
    assert set(trials) == {TRIAL}
    starts = [place for place in range(1, len(played)) if played[place - 1 : place + 1] == "gc"]
    gaps = [(later - earlier) * 0.5 for earlier, later in pairwise(starts)]
    assert gaps[0] >= FIRST_REST
    assert all(later >= 1.8 * earlier for earlier, later in pairwise(gaps))
    assert evening.rivalry.playing == "gpu"
    assert evening.rivalry.reason.startswith("CUDA graphs plays: 0.20 ms a bar")


def test_one_that_was_given_up_is_tried_again_and_comes_back_when_it_is_fast_again() -> None:
    evening = Evening(rivals(), cpu=0.001, gpu=0.005)
    evening.play(WINDOW + TRIAL)
    assert evening.rivalry.playing == "cpu"
    evening.seconds["gpu"] = 0.0002
    played = evening.play(200)
    assert played.index("g") >= (FIRST_REST / 0.5) - 1 - TRIAL
    assert set(played[-50:]) == {"g"}
    assert "the CPU had come to take 5.0 times as long" in evening.rivalry.reason


def test_a_time_of_nothing_divides_by_nothing() -> None:
    rivalry = rivals(cpu=0.0, gpu=0.0)
    for _ in range(100):
        rivalry.took(1, 0.0, 0.0)
    assert rivalry.playing == "cpu"
