"""What the tests of the benchmarks share: a small model with its encoder, and phrases of four songs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from benchmarks.listening_band import ListeningBand
from bridge.contract import ModelContract
from bridge.engine import latent_search
from bridge.model_files.encoder_file import encoder_path
from tests.tiny_encoder import write_tiny_encoder
from tests.tiny_model import write_tiny_model
from tests.training.conftest import phrase_set
from training.data.phrase_file import save_phrases


@pytest.fixture(scope="session")
def model(band: ModelContract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model that plays the band's grid, with an encoder beside it."""
    path = tmp_path_factory.mktemp("models") / "tiny.onnx"
    write_tiny_encoder(encoder_path(path), write_tiny_model(path, band))
    return path


@pytest.fixture(scope="session")
def phrase_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight phrases of four songs; every track plays in each."""
    path = tmp_path_factory.mktemp("data") / "phrases.npz"
    cells = np.random.default_rng(0).random((8, 4, 48, 84, 5)) < 0.003
    save_phrases(path, phrase_set(cells, [0, 0, 1, 1, 2, 2, 3, 3]))
    return path


@pytest.fixture
def listening(model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ListeningBand]:
    monkeypatch.setattr(latent_search, "REFINEMENTS", 8)
    with closing(ListeningBand(model)) as made:
        yield made
