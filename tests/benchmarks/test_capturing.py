"""The table of what is captured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.capturing import by_encoder, captured, main, own_phrases, reconstruction
from benchmarks.listening_band import ListeningBand
from bridge.engine import latent_search
from bridge.model_files.encoder_file import encoder_beside


def test_own_phrases_are_the_same_every_time(listening: ListeningBand) -> None:
    phrases = own_phrases(listening, 3)
    assert phrases.shape == (3, 4, 48, 84, 5)
    assert phrases.any(axis=(1, 2, 3, 4)).all()
    np.testing.assert_array_equal(own_phrases(listening, 3), phrases)


def test_the_bridge_comes_no_farther_than_the_encoder(listening: ListeningBand) -> None:
    encoder = encoder_beside(listening.generator)
    assert encoder is not None
    phrases = own_phrases(listening, 3)
    alone, searched = by_encoder(listening, encoder, phrases), captured(listening, phrases)
    assert 0.0 < alone.similarity <= searched.similarity <= 1.0
    assert alone.cells.shape == searched.cells.shape == phrases.shape
    assert reconstruction(phrases, searched.cells, listening).recall > 0.9


def test_tracks_that_are_silent_in_a_clip_are_not_compared(listening: ListeningBand) -> None:
    phrases = own_phrases(listening, 2)
    again = phrases.copy()
    phrases[..., 2] = False
    assert reconstruction(phrases, again, listening).density == 1.0


def test_the_command_shows_the_encoder_and_the_bridge_and_says_whether_the_promise_is_kept(
    model: Path, phrase_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latent_search, "REFINEMENTS", 8)
    assert main([str(model), str(phrase_file), "--phrases", "2", "--held-out-share", "0.5"]) == 0
    out = capsys.readouterr().out
    firsts = [line.split("|")[1:3] for line in out.splitlines() if line.startswith("|")][2:]
    assert [[cell.strip() for cell in row] for row in firsts] == [
        ["tiny 0's own", "the encoder"],
        ["tiny 0's own", "the bridge"],
        ["held-out songs", "the encoder"],
        ["held-out songs", "the bridge"],
    ]
    assert "(promised: 80 %)" in out


def test_a_model_without_an_encoder_is_searched_alone(
    tiny_model: Path, phrase_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latent_search, "DRAWN", 4)
    monkeypatch.setattr(latent_search, "CHILDREN", 2)
    assert main([str(tiny_model), str(phrase_file), "--phrases", "1", "--held-out-share", "0.5"]) == 1
    out = capsys.readouterr().out
    assert "the encoder" not in out
    assert out.count("the bridge") == 2


def test_the_command_refuses_what_it_cannot_read(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(model), str(tmp_path / "none.npz")])
    assert ended.value.code == 2
    assert "none.npz" in capsys.readouterr().err
