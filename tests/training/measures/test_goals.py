"""The table of goals: what is allowed, what was found, and whether that meets it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from training.measures.evaluation import HELD_OUT, PLAYED, RAW, TRAINING, Evaluation, MeasuredSet
from training.measures.evaluation_json import write_evaluation
from training.measures.evaluation_markdown import in_markdown, write_markdown
from training.measures.full_measures import measure_all
from training.measures.goal_table import allowed, goal_rows, show_goals
from training.measures.goals import GOALS, Judged, is_met, judge
from training.measures.markdown import markdown_table
from training.measures.morph_measure import Morph

TRACKS = ("Drums", "Piano", "Bass")


def cells(lengths: tuple[int, ...], bars_with_piano: int = 4) -> NDArray[np.bool_]:
    """(4, 1, 16, 24, 3): drums on the beats, a bass of whole bars, and a piano whose notes have these lengths."""
    made = np.zeros((4, 1, 16, 24, 3), dtype=np.bool_)
    made[:, :, ::4, 0, 0] = True
    made[np.arange(4), 0, :, np.arange(4), 2] = True
    for number, length in enumerate(lengths):
        made[:bars_with_piano, 0, 4 * number : 4 * number + length, 12, 1] = True
    return made


def measured(name: str, found: NDArray[np.bool_]) -> MeasuredSet:
    return MeasuredSet(name, measure_all(found, (0,)))


REAL = measured(TRAINING, cells((2, 2, 2, 2)))
OTHERS = replace(measured(HELD_OUT, cells((3, 3, 3, 1))), novelty=0.4, told=0.5)
OURS = replace(
    measured(RAW, cells((2, 1, 1, 1), bars_with_piano=3)), novelty=0.39, told=0.76, morph=Morph(2, 0.04, 0.9, 0.96)
)
PLAYABLE = replace(measured(PLAYED, cells((2, 2, 2, 2))), novelty=0.4, told=0.75, morph=Morph(2, 0.041, 0.92, 0.96))
EVALUATION = Evaluation("folder/my|band", 7000, TRACKS, (0,), (REAL, OTHERS, OURS, PLAYABLE), 0.125)


def judged(evaluation: Evaluation = EVALUATION) -> dict[str, Judged]:
    return {one.title: one for one in judge(evaluation)}


def test_what_is_stated_of_the_model_is_what_was_asked() -> None:
    assert {(goal.title, goal.place, goal.bound.low, goal.bound.high, goal.bound.of) for goal in GOALS} == {
        ("QN %", "pitched track", 0.85, inf, None),
        ("EB %", "track", -0.05, 0.05, TRAINING),
        ("UPC", "pitched track", -0.7, 0.7, TRAINING),
        ("PP %", "bass", -inf, 0.08, None),
        ("DP %", "phrases", 0.9, inf, None),
        ("TD", "pair", -0.15, 0.15, TRAINING),
        ("variety %", "phrases", 0.8, inf, None),
        ("novelty", "phrases", 0.0, inf, HELD_OUT),
        ("told from real %", "phrases", -inf, 0.75, None),
        ("morph change %", "phrases", -inf, 0.04, None),
        ("morph scale", "phrases", -0.05, 0.05, None),
        ("distance", "phrases", -inf, inf, None),
    }


def test_every_goal_is_judged_at_each_of_its_places() -> None:
    assert list(judged()) == [
        "QN % Piano", "QN % Bass", "EB % Drums", "EB % Piano", "EB % Bass", "UPC Piano", "UPC Bass",
        "PP % Bass", "DP %", "TD Piano-Bass", "variety %", "novelty", "told from real %", "morph change %",
        "morph scale", "distance",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "figure", "met", "playable"),
    [
        ("QN % Piano", 0.25, False, True),
        ("QN % Bass", 1.0, True, True),
        ("EB % Piano", 0.25, False, True),
        ("EB % Drums", 0.0, True, True),
        ("UPC Piano", 1.0, True, True),
        ("PP % Bass", 0.0, True, True),
        ("DP %", 1.0, True, True),
        ("novelty", 0.39, False, True),  # held-out songs are at 0.4
        ("told from real %", 0.76, False, True),
        ("morph change %", 0.04, True, False),
        ("morph scale", -0.06, False, True),
    ],
)
def test_each_generated_set_meets_a_goal_or_misses_it(title: str, figure: float, met: bool, playable: bool) -> None:
    one = judged()[title]
    assert one.figures[RAW] == pytest.approx(figure)
    assert one.met == {RAW: met, PLAYED: playable}


def test_variety_is_a_share_of_that_of_the_training_songs() -> None:
    one = judged()["variety %"]
    assert one.figures[TRAINING] == 1.0
    real, ours = REAL.measures.summary.variety, OURS.measures.summary.variety
    assert one.figures[RAW] == pytest.approx(ours / real)
    same = replace(EVALUATION, sets=(measured(TRAINING, cells((2,))[:1]), OURS))
    assert np.isnan(judged(same)["variety %"].figures[RAW] or 0.0)  # a single phrase differs from none


def test_the_distance_is_shown_and_has_no_goal() -> None:
    one = judged()["distance"]
    assert one.figures[TRAINING] == 0.0
    assert 0.0 < (one.figures[HELD_OUT] or 0.0) < (one.figures[RAW] or 0.0)
    assert one.met == {RAW: None, PLAYED: None}
    assert allowed(one) == ""


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    quick = replace(EVALUATION, sets=(REAL, measured(RAW, cells((2, 2)))))
    for title in ("novelty", "told from real %", "morph change %", "morph scale"):
        assert judged(quick)[title].met == {RAW: None}
    no_songs_held_out = replace(EVALUATION, sets=(REAL, OURS))
    assert judged(no_songs_held_out)["novelty"].met == {RAW: None}
    assert allowed(judged(no_songs_held_out)["novelty"]) == ""


@pytest.mark.parametrize(
    ("figure", "real", "low", "high", "met"),
    [
        (0.85, 0.9, 0.85, inf, True),
        (0.849, 0.9, 0.85, inf, False),
        (0.08, 0.1, -inf, 0.08, True),
        (nan, 0.9, 0.85, inf, False),  # a track that falls silent misses what it should play
        (nan, nan, 0.85, inf, None),  # nor do the songs have it
        (nan, None, 0.85, inf, None),
        (0.9, nan, 0.85, inf, True),
        (None, 0.9, 0.85, inf, None),
        (0.9, 0.9, nan, nan, None),
        (0.9, 0.9, -inf, inf, None),
    ],
)
def test_a_figure_is_met_within_its_limits_if_there_are_any(
    figure: float | None, real: float | None, low: float, high: float, met: bool | None
) -> None:
    assert is_met(figure, real, low, high) is met


def test_without_training_songs_beside_generated_phrases_there_is_nothing_to_judge() -> None:
    alone = replace(EVALUATION, sets=(MeasuredSet("phrases", REAL.measures),))
    assert judge(alone) == ()
    assert judge(replace(EVALUATION, sets=(REAL, OTHERS))) == ()
    assert goal_rows(alone) == []
    console = Console(file=io.StringIO(), width=80)
    show_goals(alone, console)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ""


def test_a_row_says_what_real_songs_have_what_is_allowed_and_what_was_found() -> None:
    heading, *rows = goal_rows(EVALUATION)
    assert heading == ["measure", "training", "held out", "goal", "generated", "met", "played", "met"]
    by_title = {row[0]: row[1:] for row in rows}
    assert by_title["QN % Piano"] == ["100.0", "75.0", "≥ 85.0", "25.0", "no", "100.0", "yes"]
    assert by_title["EB % Piano"] == ["0.0", "0.0", "0.0 ±5.0", "25.0", "no", "0.0", "yes"]
    assert by_title["PP % Bass"] == ["0.0", "0.0", "≤ 8.0", "0.0", "yes", "0.0", "yes"]
    assert by_title["novelty"] == ["--", "0.40", "≥ 0.40", "0.39", "no", "0.40", "yes"]
    assert by_title["morph scale"] == ["--", "--", "0.00 ±0.05", "-0.06", "no", "-0.04", "yes"]


def test_the_table_fits_80_columns_and_none_is_cut() -> None:
    band = ("Drums", "Piano", "Guitar", "Bass", "Strings")
    five = [np.concatenate([cells((2, 2)), cells((2, 2))[..., 1:]], axis=4) for _ in range(4)]
    sets = tuple(measured(name, one) for name, one in zip((TRAINING, HELD_OUT, RAW, PLAYED), five, strict=True))
    console = Console(file=io.StringIO(), width=80)
    show_goals(Evaluation("exp", 1, band, (0,), sets, 0.1), console)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.split()[:2] == ["TD", "Guitar-Strings"] for line in lines)
    assert "…" not in console.file.getvalue()


def test_markdown_can_be_pasted(tmp_path: Path) -> None:
    text = in_markdown(EVALUATION)
    assert text.startswith("`my|band`, step 7,000; phrases: 4 training, 4 held out, 4 generated, 4 played. Played: gen")
    assert "after min_note of 0.125 beats" in text
    assert "| measure | training | held out | goal | generated | met | played | met |\n| :-- | --: |" in text
    assert "| QN % Piano | 100.0 | 75.0 | ≥ 85.0 | 25.0 | no | 100.0 | yes |" in text
    assert "| EB empty bars % | 0.0 / 0.0 / 0.0 | 0.0 / 0.0 / 0.0 | 0.0 / 25.0 / 0.0 | 0.0 / 0.0 / 0.0 |" in text
    assert "| QN notes >= 2 steps % | -- / 100.0 / 100.0 |" in text  # drums have none
    assert "| TD tonal distance Piano-Bass |" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {9, 6}
    write_markdown(tmp_path / "new" / "a.md", EVALUATION)
    assert (tmp_path / "new" / "a.md").read_text(encoding="utf-8") == text


def test_phrases_alone_are_a_table_without_goals() -> None:
    text = in_markdown(Evaluation("a.npz", None, TRACKS, (0,), (MeasuredSet("phrases", REAL.measures),)))
    assert text.startswith("`a.npz`; phrases: 4 phrases.\n\n| measure (by track: Drums / Piano / Bass) | phrases |\n")
    assert "goal" not in text


def test_a_bar_in_a_name_does_not_end_a_cell() -> None:
    assert markdown_table(["a|b"], [["c"]]) == "| a\\|b |\n| :-- |\n| c |\n"


def test_the_goals_are_written_as_json_too(tmp_path: Path) -> None:
    write_evaluation(tmp_path / "a.json", EVALUATION)
    found = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert found["min_note"] == 0.125
    goals = {(one["measure"], one["of"]): one for one in found["goals"]}
    assert goals["QN %", "Piano"]["low"] == 0.85
    assert goals["QN %", "Piano"]["high"] is None
    assert goals["QN %", "Piano"]["figures"] == {TRAINING: 1.0, HELD_OUT: 0.75, RAW: 0.25, PLAYED: 1.0}
    assert goals["QN %", "Piano"]["met"] == {RAW: False, PLAYED: True}
    assert goals["distance", ""]["met"] == {RAW: None, PLAYED: None}
    assert found["sets"][RAW]["morph"] == {"pairs": 2, "change": 0.04, "in_scale": 0.9, "at_ends": 0.96}
    assert found["sets"][TRAINING]["morph"] is None
    assert (found["sets"][RAW]["novelty"], found["sets"][RAW]["told"]) == (0.39, 0.76)
