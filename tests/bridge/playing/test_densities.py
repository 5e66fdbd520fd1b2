from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from bridge.contract import ModelContract
from bridge.playing.densities import change_density, read_density
from bridge.playing.style import Style
from bridge.protocol.arguments import ArgumentRefused


def test_a_density_is_set_and_read_by_number_and_by_name(band: ModelContract) -> None:
    style = change_density(Style(), "density/Bass", 0.75, band.tracks)
    assert style.densities == (-1.0, -1.0, -1.0, 0.75, -1.0)
    for name in ("density/3", "density/bass", "density/BASS"):
        assert read_density(style, name, band.tracks) == 0.75
    assert read_density(change_density(style, "density/3", 0, band.tracks), "density/bass", band.tracks) == 0.0


def test_a_density_is_off_until_it_is_set_and_by_minus_one(band: ModelContract) -> None:
    assert read_density(Style(), "density/0", band.tracks) == -1.0
    style = change_density(Style(), "density/0", 0.5, band.tracks)
    assert read_density(change_density(style, "density/0", -1, band.tracks), "density/0", band.tracks) == -1.0


def test_densities_of_a_smaller_band_fit_a_larger_one_and_the_reverse(band: ModelContract) -> None:
    style = change_density(Style(), "density/1", 0.5, band.tracks[:2])
    assert read_density(style, "density/Strings", band.tracks) == -1.0
    style = change_density(replace(style, densities=(0.1,) * 9), "density/2", 0.5, band.tracks)
    assert style.densities == (0.1, 0.1, 0.5, 0.1, 0.1)


@pytest.mark.parametrize("value", [-0.5, -2.0, 1.01, float("nan"), float("inf"), "loud"])
def test_a_value_that_is_no_density_is_refused(band: ModelContract, value: float | str) -> None:
    with pytest.raises(ArgumentRefused, match="density/Piano is"):
        change_density(Style(), "density/Piano", value, band.tracks)


@pytest.mark.parametrize("name", ["density/5", "density/-1", "density/", "density/Flute", "density/01"])
def test_an_unknown_track_is_refused_with_those_there_are(band: ModelContract, name: str) -> None:
    with pytest.raises(ArgumentRefused, match=r"there are: 0 \(Drums\), 1 \(Piano\)") as refused:
        read_density(Style(), name, band.tracks)
    assert refused.value.code == "unknown_name"


def test_a_style_with_more_settings_keeps_them(band: ModelContract) -> None:
    @dataclass(frozen=True, slots=True)
    class MoreSettings(Style):
        tempo: float = 120.0

    changed = change_density(MoreSettings(tempo=90.0), "density/0", 0.5, band.tracks)
    assert (type(changed), changed.tempo, changed.densities[0]) == (MoreSettings, 90.0, 0.5)
