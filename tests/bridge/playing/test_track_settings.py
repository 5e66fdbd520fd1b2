from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.contract import ModelContract
from bridge.playing.track_settings import named_track, plain_name
from bridge.protocol.arguments import ArgumentRefused


def test_a_number_is_a_tracks_place_before_it_is_a_name(band: ModelContract) -> None:
    confusing = (replace(band.tracks[0], name="1"), band.tracks[1])
    assert named_track("density/1", confusing) == 1


def test_a_change_is_told_in_one_spelling_however_the_track_was_named(band: ModelContract) -> None:
    assert {plain_name(name, band.tracks) for name in ("mute/3", "mute/bass", "mute/ BASS ")} == {"mute/3"}
    assert plain_name("threshold", band.tracks) == "threshold"


def test_a_track_that_is_not_there_is_refused_with_those_that_are(band: ModelContract) -> None:
    with pytest.raises(ArgumentRefused, match=r"no track for 'mute/Flute', there are: 0 \(Drums\)") as refused:
        plain_name("mute/Flute", band.tracks)
    assert refused.value.code == "unknown_name"
