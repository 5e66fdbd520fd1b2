from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.contract import ModelContract, TrackSpec
from bridge.model_files.fit import fit


def spec(name: str, program: int = 0, channel: int = 0, drums: bool = False) -> TrackSpec:
    return TrackSpec(name, program, drums, channel)


def other(band: ModelContract, *tracks: TrackSpec, **fields: object) -> ModelContract:
    """Another model: its own weights and name, these tracks or the band's."""
    changed = {"name": "B", "model_hash": "b" * 64, "tracks": tracks or band.tracks, **fields}
    return replace(band, **changed)  # type: ignore[arg-type]


def test_with_the_same_tracks_and_grid_everything_carries_over(band: ModelContract) -> None:
    found = fit(band, other(band))
    assert found.tracks == (0, 1, 2, 3, 4)
    assert (found.same_tracks, found.same_grid, found.refused) == (True, True, False)
    assert found.message == (
        "'B' takes over from 'A band'. Tracks and grid are the same: locks, subscriptions and densities stay. "
        "Latents that were saved with 'A band' play the notes that they were saved with."
    )


def test_the_same_weights_under_another_name_play_saved_latents_as_they_were(band: ModelContract) -> None:
    found = fit(band, replace(band, name="B"))
    assert found.same_weights
    assert "Latents" not in found.message


def test_tracks_in_another_order_are_mapped_by_name(band: ModelContract) -> None:
    found = fit(band, other(band, *reversed(band.tracks)))
    assert found.tracks == (4, 3, 2, 1, 0)
    assert not found.same_tracks
    assert found.same_grid
    assert found.carry({0, 1}) == {4, 3}
    assert "Drums is track 4" in found.message
    assert "Guitar" not in found.message  # it stays where it is


def test_a_subset_silences_the_rest_and_says_so(band: ModelContract) -> None:
    found = fit(band, other(band, band.tracks[0], band.tracks[3]))
    assert found.tracks == (0, None, None, 1, None)
    assert not found.same_tracks
    assert found.carry({0, 1, 3}) == {0, 1}
    assert found.carry({1, 2}) == frozenset()
    assert "It has no Piano, Guitar, Strings: silent from now on." in found.message


def test_tracks_that_are_new_are_named_with_their_midi_channel(band: ModelContract) -> None:
    found = fit(band, other(band, *band.tracks, spec("Choir", 52, 4)))
    assert found.tracks == (0, 1, 2, 3, 4)
    assert not found.same_tracks
    assert "It brings Choir (MIDI channel 5)." in found.message


def test_spelling_does_not_part_two_tracks(band: ModelContract) -> None:
    found = fit(band, other(band, *(replace(track, name=f" {track.name.upper()}") for track in band.tracks)))
    assert found.tracks == (0, 1, 2, 3, 4)
    assert found.same_tracks


def test_an_exact_name_goes_before_a_like_one(band: ModelContract) -> None:
    found = fit(other(band, spec("bass"), spec("Bass")), other(band, spec("Bass"), spec("bass")))
    assert found.tracks == (1, 0)


def test_the_same_instrument_under_another_name_steps_in(band: ModelContract) -> None:
    kit, bass = spec("Kit", 8, 9, drums=True), spec("Double Bass", 33, 2)
    found = fit(band, other(band, bass, kit))
    assert found.tracks == (1, None, None, 0, None)
    assert "Drums is now Kit, Bass is now Double Bass." in found.message


def test_where_two_could_be_meant_neither_steps_in(band: ModelContract) -> None:
    two = other(band, spec("Guitar", 25), spec("Lead", 30), spec("Rhythm", 30))
    one = other(band, spec("Guitar", 25), spec("Solo", 30))
    assert fit(two, one).tracks == (0, None, None)
    assert fit(one, two).tracks == (0, None)


def test_a_changed_midi_channel_is_said(band: ModelContract) -> None:
    piano = replace(band.tracks[1], channel=7)
    found = fit(band, other(band, band.tracks[0], piano, *band.tracks[2:]))
    assert found.same_tracks
    assert "MIDI channels change: Piano from 1 to 8." in found.message


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("bars", 8, "8 bars a phrase instead of 4 bars a phrase"),
        ("beats_per_bar", 3, "3 beats a bar instead of 4 beats a bar"),
        ("steps_per_beat", 24, "24 steps a beat instead of 12 steps a beat"),
        ("lowest_pitch", 30, "pitches from 30 on instead of pitches from 24 on"),
        ("pitches", 72, "72 pitches instead of 84 pitches"),
    ],
)
def test_another_grid_is_allowed_and_said(band: ModelContract, field: str, value: int, says: str) -> None:
    found = fit(band, other(band, **{field: value}))
    assert not found.same_grid
    assert not found.refused
    assert found.same_tracks
    assert f"Its grid is another: {says}." in found.message


def test_a_model_without_a_common_track_is_refused_with_the_way_out(band: ModelContract) -> None:
    found = fit(band, other(band, spec("Koto", 107), spec("Shamisen", 106)))
    assert found.refused
    assert found.tracks == (None,) * 5
    assert found.carry({0, 1}) == frozenset()
    assert "'B' has the tracks Koto, Shamisen, and none of those that play now, Drums, Piano" in found.message
    assert "maisynth serve --model FILE" in found.message


def test_there_and_back_again_is_where_it_began(band: ModelContract) -> None:
    new = other(band, *reversed(band.tracks))
    there, back = fit(band, new), fit(new, band)
    assert back.carry(there.carry({0, 2})) == {0, 2}
