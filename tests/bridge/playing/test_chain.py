from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.contract import ModelContract
from bridge.pianoroll import Note, roll_to_notes
from bridge.playing.cells import Activations
from bridge.playing.chain import STEPS, play_bar
from bridge.playing.scale_names import SCALES, key_pitch_class
from bridge.playing.style import Style

DRUMS, PIANO, BASS = 0, 1, 3
STEP = 1 / 12

styles = st.builds(
    Style,
    threshold=st.floats(0.6, 1.0),
    velocity=st.integers(1, 127),
    min_note=st.sampled_from([0.0, STEP, 0.25, 1.0]),
    mono_bass=st.integers(0, 1),
    key=st.sampled_from(["off", "C", "F#", "Bb"]),
    scale=st.sampled_from(["off", *SCALES]),
    swing=st.one_of(st.just(0.0), st.floats(0, 1)),
    humanize=st.one_of(st.just(0.0), st.floats(0, 1)),
    densities=st.lists(st.one_of(st.just(-1.0), st.floats(0, 1)), max_size=5).map(tuple),
)
grids = st.tuples(st.sampled_from([1, 2, 3, 4, 12, 24]), st.sampled_from([2, 3, 4, 7]))


def silent_bar(band: ModelContract) -> Activations:
    return np.full((len(band.tracks), band.steps_per_bar, band.pitches), -1.0, dtype=np.float32)


def random_bar(band: ModelContract, seed: int) -> Activations:
    """Notes of a few steps, some flickering, about one pitch in a hundred above a threshold of 0.5."""
    rng = np.random.default_rng(seed)
    shape = (len(band.tracks), band.steps_per_bar, band.pitches)
    blocks = np.repeat(rng.random((shape[0], -(-shape[1] // 5), shape[2])), 5, axis=1)[:, : shape[1]]
    share = np.where(rng.random(shape) < 0.1, rng.random(shape), blocks) ** 60
    return (2 * share - 1).astype(np.float32)


def sounds_above(note: Note, beat: float) -> bool:
    return note.start + note.duration > beat + 1e-9


@settings(deadline=None)
@given(st.integers(0, 10_000), styles, grids, st.integers(-(2**31), 2**31 - 1))
def test_whatever_is_set_the_notes_can_be_played(
    band: ModelContract, choice: int, style: Style, grid: tuple[int, int], seed: int
) -> None:
    contract = replace(band, steps_per_beat=grid[0], beats_per_bar=grid[1])
    activations = random_bar(contract, choice)
    bar = play_bar(activations, contract, style, seed)
    assert len(bar) == len(contract.tracks)
    assert bar == play_bar(activations, contract, style, seed)
    for track, notes in enumerate(bar):
        assert notes == sorted(notes, key=lambda note: (note.start, note.pitch))
        for note in notes:
            assert 0 <= note.pitch <= 127
            assert 1 <= note.velocity <= 127
            assert 0.0 <= note.start < contract.beats_per_bar
            assert note.duration > 0
            assert not sounds_above(note, contract.beats_per_bar)
        voices: dict[int, list[Note]] = {}
        for note in notes:
            voices.setdefault(note.pitch, []).append(note)
        for voice in voices.values():
            assert not any(sounds_above(one, other.start) for one, other in pairwise(voice))
        if track == BASS and style.mono_bass:
            assert not any(sounds_above(one, other.start) for one, other in pairwise(notes))
        if track != DRUMS and "off" not in (style.key, style.scale):
            tonic = key_pitch_class(style.key)
            assert all((note.pitch - tonic) % 12 in SCALES[style.scale] for note in notes)
        if track != DRUMS and not style.swing and not style.humanize:
            assert all(note.duration >= style.min_note - 1e-6 for note in notes)
        if not style.humanize:
            assert {note.velocity for note in notes} <= {style.velocity}


@settings(deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_the_played_notes_sound_at_as_many_steps_as_the_densities_ask(
    band: ModelContract, seed: int, densities: list[float]
) -> None:
    values = np.linspace(-0.99, 0.99, 5 * 48 * 84, dtype=np.float32)
    activations = np.random.default_rng(seed).permutation(values).reshape(5, 48, 84)
    bar = play_bar(activations, band, Style(densities=tuple(densities)), 0)
    for notes, density in zip(bar, densities, strict=True):
        steps = {
            step for note in notes for step in range(round(note.start * 12), round((note.start + note.duration) * 12))
        }
        assert abs(len(steps) - 48 * density) <= 0.5


@settings(deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 1), st.integers(1, 127))
def test_with_threshold_and_velocity_alone_the_roll_is_played_as_it_comes(
    band: ModelContract, seed: int, threshold: float, velocity: int
) -> None:
    activations = random_bar(band, seed)
    cells = activations > band.to_cell_value(threshold)
    bar = play_bar(activations, band, Style(threshold=threshold, velocity=velocity), seed)
    assert bar == [roll_to_notes(cells[track], band, track, velocity) for track in range(5)]


def test_the_steps_stand_in_the_order_in_which_they_work() -> None:
    assert [name for name, _ in STEPS] == ["min_note", "mono_bass", "scale", "accents", "swing", "humanize"]


def test_silence_stays_silent_with_everything_on(band: ModelContract) -> None:
    style = Style(min_note=0.25, mono_bass=1, key="A", scale="minor", swing=1.0, humanize=1.0, densities=(1.0,) * 5)
    assert play_bar(silent_bar(band), band, style, 3) == [[]] * 5


def test_drums_keep_their_short_hits_and_their_pitches(band: ModelContract) -> None:
    activations = silent_bar(band)
    activations[:, 6:8, 37 - band.lowest_pitch] = 1.0
    style = Style(min_note=0.25, mono_bass=1, key="C", scale="major")
    bar = play_bar(activations, band, style, 0)
    assert [note.pitch for note in bar[DRUMS]] == [37, 37]
    assert bar[1:] == [[]] * 4


def test_a_flicker_neither_cuts_the_bass_note_nor_moves_into_the_scale(band: ModelContract) -> None:
    activations = silent_bar(band)
    activations[BASS, :, 40 - band.lowest_pitch] = 0.9
    activations[BASS, 20, 42 - band.lowest_pitch] = 1.0
    bar = play_bar(activations, band, Style(min_note=0.25, mono_bass=1, key="C", scale="major"), 0)
    assert bar[BASS] == [Note(40, 100, 0.0, 4.0)]


def test_of_two_bass_notes_that_start_together_the_one_the_model_is_surer_of_is_played(band: ModelContract) -> None:
    for surest in (40, 47):
        activations = silent_bar(band)
        activations[[BASS, PIANO], 12:24, 40 - band.lowest_pitch] = 0.8
        activations[[BASS, PIANO], 12:30, 47 - band.lowest_pitch] = 0.8
        activations[BASS, 12:20, surest - band.lowest_pitch] = 0.99
        bar = play_bar(activations, band, Style(mono_bass=1), 0)
        assert [note.pitch for note in bar[BASS]] == [surest]
        assert [note.pitch for note in bar[PIANO]] == [40, 47]


def test_a_bass_note_cut_too_short_by_the_next_is_not_played(band: ModelContract) -> None:
    activations = silent_bar(band)
    activations[BASS, 0:12, 40 - band.lowest_pitch] = activations[BASS, 2:12, 42 - band.lowest_pitch] = 0.9
    assert [len(play_bar(activations, band, Style(mono_bass=1, min_note=n), 0)[BASS]) for n in (0.0, 0.25)] == [2, 1]


def test_accents_stay_with_their_beats_where_the_bar_is_swung(band: ModelContract) -> None:
    activations = silent_bar(band)
    activations[PIANO, [0, 9, 12], 40] = 1.0  # the downbeat, the first beat's last sixteenth, the second beat
    bars = [play_bar(activations, band, Style(swing=1.0, humanize=1.0), seed)[PIANO] for seed in range(300)]
    means = np.mean([[note.velocity for note in notes] for notes in bars], axis=0)
    assert means == pytest.approx([108, 96, 104], abs=1.6)  # three standard errors


def test_tracks_in_unison_are_not_uneven_in_unison(band: ModelContract) -> None:
    activations = silent_bar(band)
    activations[1:, 6:10, 40] = activations[1:, 30:34, 50] = 1.0
    played = play_bar(activations, band, Style(humanize=1.0), 11)[1:]
    assert len({tuple(notes) for notes in played}) == 4
