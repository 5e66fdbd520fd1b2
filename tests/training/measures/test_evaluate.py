"""maisynth-train evaluate, of an experiment, of MIDI files and of phrases: the tables, the JSON and the picture."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from tests.training.collecting.test_collect import write_song
from tests.training.conftest import phrase_set, random_cells
from tests.training.measures.evaluated import read
from training.__main__ import main
from training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
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
from training.trained import find_checkpoint

REPOSITORY = Path(__file__).parents[3]
SHAPE = (2, 16, 24, 5)
QUICK = Asked(quick=True)
LAST_SHIFT = "merge.norm.shift"  # of the default network


def shown(evaluation: Evaluation, legacy: bool = False) -> str:
    """What a terminal of 80 columns shows."""
    console = Console(file=io.StringIO(), width=80)
    show(evaluation, console, legacy)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


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


def test_the_weights_of_the_last_step_are_measured_on_demand_in_a_file_of_their_own(experiment: Experiment) -> None:
    checkpoint = load_checkpoint(find_checkpoint(experiment))
    loud = {**checkpoint.generator, LAST_SHIFT: checkpoint.generator[LAST_SHIFT] + 5.0}
    save_checkpoint(experiment.model, replace(checkpoint, step=9, generator=loud))
    for options in ([], ["--weights", "generator"]):
        assert main(["evaluate", str(experiment.folder), "--quick", "--phrases", "4", "--min-note", "0", *options]) == 0
    average, last = (
        read(experiment.evaluation / f"evaluation_0000009{kind}.json")["sets"]["generated"]
        for kind in ("", "_generator")
    )
    assert average != last


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
