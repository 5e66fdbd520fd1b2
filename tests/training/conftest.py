"""What the tests of training share: a small set of phrases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from training.collecting.families import FAMILIES
from training.data.phrase_file import PhraseSet, pack_cells, save_phrases


def random_cells(count: int, data_shape: tuple[int, int, int, int], share: float = 0.02) -> NDArray[np.bool_]:
    """(count, *data_shape) bool, the same every time."""
    return np.random.default_rng(0).random((count, *data_shape)) < share


def phrase_set(cells: NDArray[np.bool_], song: list[int], lowest_pitch: int = 24) -> PhraseSet:
    """Phrases (n, bars, steps, pitches, tracks) bool of these songs; four beats a bar."""
    _, bars, steps, pitches, tracks = cells.shape
    return PhraseSet(
        phrases=pack_cells(cells),
        data_shape=(bars, steps, pitches, tracks),
        song=np.array(song, dtype=np.int32),
        songs=tuple(f"song {number}.mid" for number in range(max(song) + 1)),
        first_bar=np.arange(len(song), dtype=np.int32),
        tracks=(*FAMILIES, "Brass")[:tracks],
        steps_per_beat=steps // 4,
        lowest_pitch=lowest_pitch,
    )


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Batches this small gain little from more threads, which wait for each other where the machine has other work."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def phrase_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine phrases of four songs, at the size of the default networks."""
    path = tmp_path_factory.mktemp("data") / "phrases.npz"
    save_phrases(path, phrase_set(random_cells(9, (4, 48, 84, 5)), [0, 0, 0, 1, 1, 2, 2, 3, 3]))
    return path
