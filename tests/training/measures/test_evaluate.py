"""maisynth-train evaluate, of an experiment, of MIDI files and of phrases: the tables, the JSON and the picture."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from tests.training.collecting.test_collect import write_song
from tests.training.conftest import phrase_set, random_cells
from tests.training.small import PARAMS, small_experiment
from tests.training.small import QUICK as QUICK_CONFIG
from training.__main__ import main
from training.checkpoint import Checkpoint, save_checkpoint
from training.config import Config, Params
from training.config_file import write_config
from training.data import phrase_source
from training.data.dense_npy import write_dense
from training.data.phrase_data import open_phrases
from training.data.phrase_file import PhraseRules, save_phrases
from training.data.phrase_source import source_of
from training.data.phrase_store import save_store
from training.data.sparse_npz import write_sparse
from training.experiment import Experiment, set_up
from training.measures.asked import Asked
from training.measures.evaluate import evaluate
from training.measures.evaluate_experiment import draw_indices
from training.measures.evaluation import Evaluation, EvaluationError, drum_tracks
from training.measures.evaluation_json import write_evaluation
from training.measures.evaluation_plot import write_plot
from training.measures.evaluation_tables import show
from training.measures.full_measures import measure_all
from training.measures.phrase_selection import select_phrases
from training.networks.presets import build_generator

REPOSITORY = Path(__file__).parents[3]
SHAPE = (2, 16, 24, 5)
QUICK = Asked(quick=True)


def shown(evaluation: Evaluation, legacy: bool = False) -> str:
    """What a terminal of 80 columns shows."""
    console = Console(file=io.StringIO(), width=80)
    show(evaluation, console, legacy)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def read(path: Path) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


@pytest.fixture
def experiment(phrase_file: Path, tmp_path: Path) -> Experiment:
    """As after training: two checkpoints of fresh generators, a quarter of the songs held out."""
    params = Params(latent_dim=2)
    config = Config(data_filename=str(phrase_file), use_train_test_split=True, validation_share=0.25)
    made = set_up(tmp_path / "exp", "", params, config)
    for step in (3, 7):
        state = build_generator(params).state_dict()
        save_checkpoint(made.model, Checkpoint(step, params, config, state, {}, state, {}, {}))
    return made


def test_an_experiment_is_measured_beside_its_training_songs_and_those_held_out(
    experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(experiment.folder), "--phrases", "3", "--quick"]) == 0
    written = experiment.evaluation / "evaluation_0000007.json"
    found = read(written)
    assert found["step"] == 7
    assert found["tracks"] == ["Drums", "Piano", "Guitar", "Bass", "Strings"]
    assert list(found["sets"]) == ["training", "held out", "generated", "played"]
    assert found["sets"]["training"]["distance"] == 0.0
    assert found["sets"]["generated"]["distance"] > 0.0
    assert len(found["pairs"]) == len(found["sets"]["generated"]["tonal_distance"]) == 6
    said = capsys.readouterr().out
    assert f"written: {written}, {written.with_suffix('.md')} and {written.with_suffix('.png')}" in said
    assert "UPC classes a bar" in said
    with Image.open(written.with_suffix(".png")) as picture:
        assert min(picture.size) > 500


def test_an_evaluation_repeats(experiment: Experiment) -> None:
    one, two = (evaluate(experiment.folder, replace(QUICK, phrases=3)) for _ in range(2))
    assert [found.measures.to_mapping() for found in one.sets] == [found.measures.to_mapping() for found in two.sets]


def test_without_songs_held_out_there_are_two_sets(experiment: Experiment) -> None:
    params = experiment.params()
    config = replace(experiment.config(), use_train_test_split=False, weigh_tracks=True)
    state = build_generator(params).state_dict()
    save_checkpoint(experiment.model, Checkpoint(8, params, config, state, {}, state, {}, {}))
    assert [one.name for one in evaluate(experiment.folder, replace(QUICK, phrases=2)).sets] == [
        "training",
        "generated",
    ]


def test_an_experiment_without_a_checkpoint_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_config(set_up(tmp_path / "exp", "", Params(), Config()).config_file, Config())
    assert main(["evaluate", str(tmp_path / "exp")]) == 1
    assert "holds no checkpoint" in capsys.readouterr().err


def test_midi_files_are_measured_by_the_collectors_rules_and_leave_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "midi"
    write_song(folder / "one.mid", range(6))
    write_song(folder / "deep" / "two.mid", range(10, 14), ("Piano", "Bass"))
    assert main(["evaluate", str(folder), "--jobs", "1"]) == 0
    found = read(tmp_path / "midi_evaluation.json")
    phrases = found["sets"]["phrases"]
    assert phrases["phrases"] == 3  # six bars of a trio; the duo has too few tracks
    assert phrases["notes"] == [0.0, 2.0, 2.0, 2.0, 0.0]  # two a bar
    assert phrases["summary"]["empty_bars"] == [1.0, 0.0, 0.0, 0.0, 1.0]
    assert phrases["summary"]["pitch_classes"] == [None, 1.0, 1.0, 1.0, None]
    assert phrases["tonal_distance"] == [0.0, 0.0, None, 0.0, None, None]  # all three play the same note
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "midi", "midi_evaluation.json", "midi_evaluation.md", "midi_evaluation.png",
    ]  # fmt: skip
    assert "written:" in capsys.readouterr().out
    assert evaluate(folder, Asked(rules=PhraseRules(min_tracks=2), jobs=1)).sets[0].measures.phrases == 4


@pytest.mark.parametrize("kind", ["store", "collected", "sparse", "dense"])
def test_phrases_are_measured_in_every_format(tmp_path: Path, kind: str) -> None:
    cells = random_cells(6, SHAPE, 0.1)
    phrases = phrase_set(cells, [0, 0, 0, 1, 1, 2])
    path = tmp_path / {"store": "a.phrases", "dense": "a.npy"}.get(kind, "a.npz")
    if kind == "store":
        save_store(path, phrases)
    elif kind == "collected":
        save_phrases(path, phrases)
    else:
        {"sparse": write_sparse, "dense": write_dense}[kind](path, source_of(phrases))
    found = evaluate(path, Asked())
    assert found.drums == (0,)
    assert found.sets[0].measures.to_mapping() == measure_all(cells).to_mapping()
    assert np.array_equal(select_phrases(path, 100, PhraseRules()).cells, cells)


def test_a_few_of_many_phrases_are_chosen_from_all_over_and_are_the_same_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = random_cells(40, SHAPE, 0.1)
    monkeypatch.setattr(phrase_source, "CHUNK_CELLS", 3 * cells[0].size)  # read in chunks of three
    write_dense(tmp_path / "a.npy", source_of(phrase_set(cells, [0] * 40)))
    chosen = select_phrases(tmp_path / "a.npy", 10, PhraseRules())
    assert (chosen.total, len(chosen.cells)) == (40, 10)
    numbers = [next(i for i in range(40) if np.array_equal(cells[i], one)) for one in chosen.cells]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] - numbers[0] > 15
    assert np.array_equal(select_phrases(tmp_path / "a.npy", 10, PhraseRules()).cells, chosen.cells)


@pytest.mark.parametrize(
    "shape", [(3, 4, 16, 72, 3), (0, 4, 48, 84, 5), (2, 2, 16, 24, 1), (2, 1, 16, 24, 6), (2, 1, 16, 24, 12)]
)
def test_any_number_of_tracks_and_phrases_is_shown_written_and_drawn(
    tmp_path: Path, shape: tuple[int, int, int, int, int]
) -> None:
    np.save(tmp_path / "a.npy", random_cells(shape[0], shape[1:], 0.1))
    evaluation = evaluate(tmp_path / "a.npy", Asked())
    text = shown(evaluation, legacy=True)
    assert all(len(line) <= 80 for line in text.splitlines()[1:])  # the first is the path
    heading = next(line for line in text.splitlines()[1:] if line.strip())
    assert heading.split() == " ".join(evaluation.tracks[:5]).split()
    write_evaluation(tmp_path / "a.json", evaluation)
    assert read(tmp_path / "a.json")["sets"]["phrases"]["phrases"] == shape[0]
    write_plot(tmp_path / "a.png", evaluation)
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_four_sets_of_five_tracks_fit_80_columns_and_none_is_cut(experiment: Experiment) -> None:
    evaluation = evaluate(experiment.folder, replace(QUICK, phrases=2, min_note=0.25))
    text = shown(evaluation, legacy=True)
    assert all(len(line) <= 80 for line in text.splitlines()[1:])
    assert "…" not in text
    for title in ("EB empty bars %", "PP >= 2 when it plays %", "DP drums in the pattern %", "in the phrase's key %"):
        assert text.count(title) >= 1
    assert "TD tonal distance Guitar-Strings" in text
    assert "AAAI-18" in text
    assert "AAAI-18" not in shown(evaluation)


def test_what_means_nothing_for_drums_is_left_blank_for_them(experiment: Experiment) -> None:
    lines = shown(evaluate(experiment.folder, replace(QUICK, phrases=2))).splitlines()
    counted = {line[:24].strip(): len(line[24:].split()) for line in lines if "training" in line}
    assert counted["EB empty bars %"] == 1 + 5  # the set's name, and five tracks
    assert counted["UPC classes a bar"] == counted["QN notes >= 2 steps %"] == 1 + 4


def test_no_phrase_is_drawn_twice_unless_rarer_tracks_weigh_more(phrase_file: Path) -> None:
    data = open_phrases(phrase_file)
    every = np.arange(len(data))
    drawn = draw_indices(data, every, 100, False, np.random.default_rng(0))
    assert sorted(drawn.tolist()) == every.tolist()
    assert len(draw_indices(data, every, 100, True, np.random.default_rng(0))) == 100


def test_drums_are_known_by_their_name() -> None:
    assert drum_tracks(("Drums", "Piano")) == (0,)
    assert drum_tracks(("Bass", "drums")) == (1,)
    assert drum_tracks(("Track 1",)) == ()


@pytest.mark.parametrize(
    ("make", "options", "said"),
    [
        ("", [], "does not exist: give an experiment's folder"),
        ("folder", [], "holds nothing to measure"),
        ("noise", [], "is not an .npz or .npy"),
        ("folder", ["--phrases", "0"], "--phrases is 0, expected 1 to 100000"),
        ("folder", ["--jobs", "0"], "--jobs is 0"),
        ("folder", ["--min-note", "nan"], "--min-note is nan, expected 0 to 4 beats"),
        ("folder", ["--min-note", "4.1"], "--min-note is 4.1"),
        ("folder", ["--generated", "."], "which is no experiment"),
        ("folder", ["--generated", "nowhere"], "nowhere does not exist"),
    ],
)
def test_what_cannot_be_measured_is_named(
    tmp_path: Path, make: str, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "it"
    if make == "folder":
        source.mkdir()
    elif make == "noise":
        source.write_bytes(b"noise!")
    assert main(["evaluate", str(source), *options]) == 1
    assert said in capsys.readouterr().err
    with pytest.raises(EvaluationError, match="does not exist"):
        evaluate(tmp_path / "nowhere", Asked())


def test_phrases_are_evaluated_without_torch(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", random_cells(2, SHAPE, 0.1))
    program = (
        "import sys; from training.__main__ import main; "
        f"assert main(['evaluate', {str(tmp_path / 'a.npy')!r}]) == 0; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
    assert (tmp_path / "a_evaluation.json").exists()


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
