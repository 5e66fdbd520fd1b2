"""maisynth-train evaluate, of an experiment: what has a goal, what quick leaves out, others' phrases."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.training.conftest import phrase_set, random_cells
from tests.training.measures.evaluated import read
from tests.training.small import PARAMS, small_experiment
from tests.training.small import QUICK as QUICK_CONFIG
from training.__main__ import main
from training.checkpoint import Checkpoint, save_checkpoint
from training.data.phrase_data import open_phrases
from training.data.phrase_file import save_phrases
from training.experiment import Experiment
from training.measures.asked import Asked
from training.measures.evaluate import evaluate
from training.measures.evaluation import EvaluationError
from training.measures.full_measures import measure_all
from training.networks.presets import build_generator

SHAPE = (2, 16, 24, 5)
QUICK = Asked(quick=True)


@pytest.fixture
def small(tmp_path: Path) -> Experiment:
    """A small trio's experiment with one checkpoint, half of its four songs held out."""
    config, params = replace(QUICK_CONFIG, validation_share=0.5), replace(PARAMS, initial_output_shift=0.0)
    made = small_experiment(tmp_path, config, params, phrases=20)
    state = build_generator(params).state_dict()
    save_checkpoint(made.model, Checkpoint(4, params, config, state, {}, state, {}, {}))
    return made


def test_all_that_has_a_goal_is_measured(small: Experiment, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(small.folder), "--phrases", "8", "--min-note", "0.5"]) == 0
    found = read(small.evaluation / "evaluation_0000004.json")
    assert found["min_note"] == 0.5
    assert list(found["sets"]) == ["training", "held out", "generated", "played"]
    for name in ("held out", "generated", "played"):
        assert 0.0 < found["sets"][name]["novelty"] <= 1.0
        assert 0.0 <= found["sets"][name]["told"] <= 1.0
    raw, played = found["sets"]["generated"], found["sets"]["played"]
    assert raw["morph"]["pairs"] == played["morph"]["pairs"] == 8
    assert played["summary"]["qualified_notes"][1:] == [1.0, 1.0]
    assert raw["summary"]["qualified_notes"][1] < 1.0
    goals = {one["measure"]: one for one in found["goals"]}
    assert all(goals[title]["met"]["generated"] is not None for title in ("novelty", "told from real %", "morph scale"))
    assert "| told from real % |" in (small.evaluation / "evaluation_0000004.md").read_text(encoding="utf-8")
    assert "told from real %" in capsys.readouterr().out


def test_quick_leaves_out_what_takes_minutes(small: Experiment) -> None:
    for one in evaluate(small.folder, replace(QUICK, phrases=4, min_note=0.5)).sets:
        assert (one.novelty, one.told, one.morph) == (None, None, None)


def test_without_a_min_note_the_raw_output_stands_alone(small: Experiment) -> None:
    assert [one.name for one in evaluate(small.folder, replace(QUICK, phrases=4)).sets] == [
        "training",
        "held out",
        "generated",
    ]


def test_other_phrases_stand_in_for_the_models(small: Experiment, capsys: pytest.CaptureFixture[str]) -> None:
    cells = open_phrases(small.data_file(small.config())).unpack(np.arange(5))
    save_phrases(small.folder / "live.npz", phrase_set(cells, [0] * 5))
    for checkpoint in small.model.iterdir():
        checkpoint.unlink()  # none is needed
    options = ["--generated", str(small.folder / "live.npz"), "--phrases", "30"]
    assert main(["evaluate", str(small.folder), *options]) == 0
    found = read(small.evaluation / "evaluation_of_live.json")
    assert found["step"] is None
    assert list(found["sets"]) == ["training", "held out", "generated"]
    assert found["sets"]["generated"]["phrases"] == 5
    assert found["sets"]["generated"]["summary"] == measured_json(cells)
    assert found["sets"]["generated"]["novelty"] < 1.0
    assert found["sets"]["generated"]["morph"] is None
    capsys.readouterr()


def test_other_phrases_of_another_shape_are_refused(small: Experiment) -> None:
    np.save(small.folder / "other.npy", random_cells(2, SHAPE, 0.1))
    with pytest.raises(EvaluationError, match=r"shape \[2, 16, 24, 5\].* expected that of the training data"):
        evaluate(small.folder, replace(QUICK, generated=small.folder / "other.npy"))


def measured_json(cells: NDArray[np.bool_]) -> Any:
    return json.loads(json.dumps(measure_all(cells).to_mapping()["summary"]))
