"""What TensorBoard shows is what was written, and a resumed run writes over what came after its checkpoint."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tensorboard.summary.writer import event_file_writer

from tests.training.board import curves, pictures
from tests.training.conftest import random_cells
from training.sampling.sample_images import TRACK_COLOURS, coloured_images, image_grid
from training.summaries import Summaries


@pytest.fixture(autouse=True)
def _a_second_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of a run are read by the second in their names; here each look at the clock is a second later."""
    seconds = iter(range(1_000_000, 2_000_000))
    monkeypatch.setattr(event_file_writer, "time", SimpleNamespace(time=lambda: float(next(seconds))))


def test_curves_are_read_as_they_were_written(tmp_path: Path) -> None:
    summaries = Summaries(tmp_path / "logs" / "train", 0)
    for step in (1, 2, 30):
        summaries.scalars(step, {"loss/critic": 0.1 * step, "learning_rate": 1e-3})
    summaries.close()
    found = curves(tmp_path / "logs" / "train")
    assert found == {
        "loss/critic": {step: float(np.float32(0.1 * step)) for step in (1, 2, 30)},
        "learning_rate": dict.fromkeys((1, 2, 30), float(np.float32(1e-3))),
    }


def test_a_picture_is_the_grid_of_phrases(tmp_path: Path) -> None:
    cells = random_cells(6, (2, 8, 12, 3), 0.2)
    summaries = Summaries(tmp_path, 0)
    summaries.phrases(5, cells, 2, 3, TRACK_COLOURS)
    summaries.close()
    found = pictures(tmp_path)
    assert list(found) == [5]
    assert found[5].shape == (3 + 2 * (12 + 3), 3 + 3 * (2 * 8 + 1 + 3), 3)
    np.testing.assert_array_equal(found[5], image_grid(coloured_images(cells), 2, 3))


def test_a_resumed_run_drops_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    begun = Summaries(tmp_path, 0)
    for step in range(1, 8):
        begun.scalars(step, {"loss": float(step)})
    begun.close()
    resumed = Summaries(tmp_path, 4)
    resumed.scalars(5, {"loss": 50.0})
    resumed.close()
    assert curves(tmp_path) == {"loss": {1: 1.0, 2: 2.0, 3: 3.0, 4: 4.0, 5: 50.0}}


def test_a_run_that_begins_anew_drops_everything(tmp_path: Path) -> None:
    for value in (1.0, 2.0):
        summaries = Summaries(tmp_path, 0)
        for step in (1, 2):
            summaries.scalars(step, {"loss": value})
        summaries.close()
    assert curves(tmp_path) == {"loss": {1: 2.0, 2: 2.0}}


def test_what_is_flushed_is_read_before_the_run_ends(tmp_path: Path) -> None:
    summaries = Summaries(tmp_path, 0)
    summaries.scalars(1, {"loss": 1.0})
    summaries.flush()
    assert curves(tmp_path) == {"loss": {1: 1.0}}
    summaries.close()
