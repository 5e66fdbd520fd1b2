"""Checkpoints: written whole, loaded as they were, never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from training.checkpoint import (
    Checkpoint,
    CheckpointError,
    load_checkpoint,
    newest_checkpoint,
    save_checkpoint,
)
from training.config import Config, Midi, Params


def a_checkpoint(step: int = 5) -> Checkpoint:
    """Of a network of one weight that has been trained for a step."""
    torch.manual_seed(step)
    layer = torch.nn.Linear(2, 1)
    optimiser = torch.optim.Adam(layer.parameters(), 0.1)
    layer(torch.ones(1, 2)).sum().backward()
    optimiser.step()
    return Checkpoint(
        step=step,
        params=Params(latent_dim=9),
        config=Config(steps=77, sample_grid=(1, 2), midi=Midi(tempo=90.0)),
        generator=layer.state_dict(),
        critic={"weight": torch.arange(3.0)},
        average={"weight": torch.tensor([0.5], dtype=torch.bfloat16)},
        generator_optimiser=optimiser.state_dict(),
        critic_optimiser={"state": {}, "param_groups": []},
    )


def assert_same(ours: Any, theirs: Any) -> None:
    """Equal to the bit, tensors and all."""
    assert type(ours) is type(theirs)
    if isinstance(ours, torch.Tensor):
        assert ours.dtype == theirs.dtype
        assert torch.equal(ours, theirs)
    elif isinstance(ours, dict):
        assert list(ours) == list(theirs)
        for key in ours:
            assert_same(ours[key], theirs[key])
    else:
        assert ours == theirs


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path / "model", a_checkpoint())
    assert path == tmp_path / "model" / "checkpoint_0000005.pt"
    loaded, wanted = load_checkpoint(path), a_checkpoint()
    for name, value in vars(wanted).items():
        if isinstance(value, dict):
            assert_same(dict(getattr(loaded, name)), dict(value))
        else:
            assert getattr(loaded, name) == value


# The keys that came after checkpoints were first written.
LATER_PARAMS = {"is_conditional", "is_accompaniment", "condition_track_idx", "use_binary_neurons"}
LATER_CONFIG = {
    *("data_source", "data_root", "n_jobs", "use_train_test_split", "legacy_step_count", "use_gradient_penalties"),
    *("use_slope_annealing", "slope_schedule", "save_summaries_steps", "colormap"),
    *("save_array_samples", "save_image_samples", "save_pianoroll_samples"),
}


def test_a_checkpoint_from_before_a_key_has_its_default(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, a_checkpoint())
    content = torch.load(path, weights_only=True)
    assert content["params"].keys() >= LATER_PARAMS
    assert content["config"].keys() >= LATER_CONFIG
    for part, later in (("params", LATER_PARAMS), ("config", LATER_CONFIG)):
        content[part] = {key: value for key, value in content[part].items() if key not in later}
    torch.save(content, path)
    loaded = load_checkpoint(path)
    assert (loaded.params, loaded.config) == (a_checkpoint().params, a_checkpoint().config)


def test_the_newest_three_are_kept(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for step in (1, 20, 300, 4000):
        save_checkpoint(tmp_path, a_checkpoint(step))
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["checkpoint_0000020.pt", "checkpoint_0000300.pt", "checkpoint_0004000.pt", "notes.txt"]
    newest = newest_checkpoint(tmp_path)
    assert newest is not None
    assert load_checkpoint(newest).step == 4000


def test_a_run_without_a_checkpoint_has_no_newest(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path) is None
    assert newest_checkpoint(tmp_path / "not there") is None


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_checkpoint(tmp_path, a_checkpoint(1))

    def full_disk(_: object, stream: Any) -> None:
        stream.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    for step in (2, 3):
        with pytest.raises(OSError, match="No space left"):
            save_checkpoint(tmp_path, a_checkpoint(step))
    assert newest_checkpoint(tmp_path) == path
    assert load_checkpoint(path).step == 1
    assert len(list(tmp_path.iterdir())) <= 2, "each try left a file behind"


@pytest.mark.parametrize("length", [0, 100, -100])
def test_a_damaged_file_is_refused_by_name(length: int, tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, a_checkpoint())
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(
        CheckpointError, match=r"checkpoint_0000005\.pt .*Delete it to go on from the checkpoint before"
    ):
        load_checkpoint(path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nowhere\.pt"):
        load_checkpoint(tmp_path / "nowhere.pt")


class Hostile:
    """Makes a file when it is unpickled."""

    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.victim,)


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    path, victim = tmp_path / "checkpoint_0000001.pt", tmp_path / "victim"
    torch.save({"format": 1, "step": Hostile(victim)}, path)
    with pytest.raises(CheckpointError, match="holds more than weights and settings") as refused:
        load_checkpoint(path)
    assert not victim.exists()
    assert "weights_only" not in str(refused.value), "it advises to run the code"
    torch.load(path, weights_only=False)
    assert victim.exists(), "the file was harmless, and this test with it"


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": None},
        {"params": None},
        {"params": {"latent_dim": "many"}},
        {"config": {"no_such_key": 1}},
        {"surplus": 1},
    ],
)
def test_a_checkpoint_of_another_version_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, a_checkpoint())
    torch.save(torch.load(path, weights_only=True) | change, path)
    with pytest.raises(CheckpointError, match="is not a checkpoint of this version"):
        load_checkpoint(path)


@pytest.mark.parametrize("name", ["step", "params", "config", "generator", "critic_optimiser"])
def test_a_checkpoint_that_lacks_something_is_refused(name: str, tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, a_checkpoint())
    content = torch.load(path, weights_only=True)
    del content[name]
    torch.save(content, path)
    with pytest.raises(CheckpointError, match=f"is not a checkpoint of this version: .*{name}"):
        load_checkpoint(path)


def test_something_else_that_torch_saved_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint_0000001.pt"
    torch.save(torch.zeros(3), path)
    with pytest.raises(CheckpointError, match="is not a checkpoint of this version"):
        load_checkpoint(path)
