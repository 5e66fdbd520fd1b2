"""What a newcomer sees first, on the model that comes along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import symusic
from PIL import Image

from bridge.__main__ import DEMO_SEED

ROOT = Path(__file__).parent.parent.parent


def demo(folder: Path, seed: int) -> str:
    command = [sys.executable, "-m", "bridge", "demo", "--once", "--port", "0", "--midi-api", "none"]
    command += ["--seed", str(seed), "--out", str(folder), "--library", str(folder / "latents.sqlite")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, demo(folder, DEMO_SEED)


def test_the_midi_file_has_five_named_tracks_in_four_bars_with_drums_on_channel_10(shown: tuple[Path, str]) -> None:
    score: Any = symusic.Score(shown[0] / "demo.mid")  # its stubs hide the members
    assert [track.name for track in score.tracks] == ["Drums", "Piano", "Guitar", "Bass", "Strings"]
    assert [track.is_drum for track in score.tracks] == [True, False, False, False, False]
    assert [track.program for track in score.tracks][1:] == [0, 25, 33, 48]
    assert sum(len(track.notes) > 0 for track in score.tracks) >= 3
    assert score.end() <= 4 * 4 * score.ticks_per_quarter


def test_the_picture_shows_the_tracks_in_their_colours(shown: tuple[Path, str]) -> None:
    with Image.open(shown[0] / "demo.png") as picture:
        pixels = np.asarray(picture.convert("RGB"))
    assert pixels.shape[0] > 100
    assert pixels.shape[1] > 4 * 48
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 5
    assert (pixels == 255).all(axis=2).mean() > 0.4


def test_the_terminal_shows_every_track(shown: tuple[Path, str]) -> None:
    for name in ("Drums", "Piano", "Guitar", "Bass", "Strings"):
        assert name in shown[1]


def test_the_same_seed_plays_the_same_and_another_seed_something_else(shown: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = shown
    demo(tmp_path, DEMO_SEED)
    assert (tmp_path / "demo.mid").read_bytes() == (folder / "demo.mid").read_bytes()
    demo(tmp_path, 8)
    assert (tmp_path / "demo.mid").read_bytes() != (folder / "demo.mid").read_bytes()
