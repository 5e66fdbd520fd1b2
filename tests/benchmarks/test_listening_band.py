"""A band that is sent clips plays what a bridge would."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.listening_band import BandRefused, ListeningBand
from bridge.doors.client import BridgeClient
from bridge.engine.latents import draw_latent
from bridge.generator import BadModel
from bridge.pianoroll import roll_to_notes
from tests.bridge.test_daemon import free_port, running
from training.data.phrase_file import load_phrases

PIANO, BASS = 1, 3


def test_it_answers_a_clip_note_for_note_as_a_bridge_over_udp(
    listening: ListeningBand, model: Path, phrase_file: Path, tmp_path: Path
) -> None:
    clip = load_phrases(phrase_file).unpack(np.array([0]))[0]
    played = listening.accompany(clip, PIANO, seed=5)
    np.testing.assert_array_equal(played[..., PIANO], clip[..., PIANO])
    port = free_port()
    with running(model, tmp_path, port), BridgeClient(("127.0.0.1", port), timeout=30.0) as client:
        notes = roll_to_notes(clip[..., PIANO].reshape(4 * 48, 84), listening.contract, PIANO)
        parts = [notes[first : first + 40] for first in range(0, len(notes), 40)]
        for number, part in enumerate(parts):
            values = (value for note in part for value in (note.pitch, note.velocity, note.start, note.duration))
            client.send("/mai/clip", 1, number, len(parts), PIANO, *values)
        bars = [one.arguments for one in client.request("/mai/accompany", PIANO, 5) if one.address == "/mai/bar"]
    for track in range(5):
        theirs = {(bar[1], bar[at], bar[at + 2]) for bar in bars if bar[2] == track for at in range(6, len(bar), 4)}
        ours = {
            (number, note.pitch, float(np.float32(note.start)))  # as it comes over the wire
            for number, bar in enumerate(played[..., track])
            for note in roll_to_notes(bar, listening.contract, track)
        }
        assert len(ours) > 4
        assert ours == theirs


def test_the_seed_decides_what_is_played_and_each_request_stands_alone(
    listening: ListeningBand, phrase_file: Path
) -> None:
    clip, other = load_phrases(phrase_file).unpack(np.array([0, 3]))
    first = listening.accompany(clip, BASS, seed=1)
    listening.accompany(other, PIANO, seed=2)
    np.testing.assert_array_equal(listening.accompany(clip, BASS, seed=1), first)


def test_a_capture_of_its_own_phrase_sounds_like_it(listening: ListeningBand) -> None:
    phrase = listening.played(draw_latent(listening.contract, 5))
    latent, similarity = listening.capture(phrase)
    again = listening.played(latent)
    assert 0.0 < similarity <= 1.0
    assert (again & phrase).sum() > 0.9 * phrase.sum()


def test_silence_is_refused_as_the_bridge_refuses_it(listening: ListeningBand) -> None:
    silence = np.zeros((4, 48, 84, 5), dtype=np.bool_)
    with pytest.raises(BandRefused, match="no clip came for track 1"):
        listening.accompany(silence, PIANO, seed=1)
    with pytest.raises(BandRefused, match="no clip came before"):
        listening.capture(silence)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="there is no model file"):
        ListeningBand(tmp_path / "none.onnx")
