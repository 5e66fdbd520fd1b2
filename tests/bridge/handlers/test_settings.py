"""Settings are set, refused and told to all."""

from __future__ import annotations

import pytest

from bridge.contract import ModelContract
from bridge.engine.settings import PlaySettings, kept_settings
from bridge.library import SettingsStore
from bridge.midi.routing import band_routes
from tests.bridge.engine.stage import LIVE, STRANGER, Stage, bars_of, error_of


def test_the_threshold_changes_what_sounds_and_every_client_is_told(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    stage.wire.clear()
    done, changed = stage.say(STRANGER, "/mai/set", 5, "threshold", 0.9)  # the pattern sounds at 0.8 of its range

    assert done.arguments[:2] == (5, "threshold")
    assert done.arguments[2] == pytest.approx(0.9)
    assert stage.wire.to(LIVE) == [changed]
    assert changed.address == "/mai/changed"
    assert all(len(bar) == 6 for bar in bars_of(stage.say(STRANGER, "/mai/generate", 6)))
    (value,) = stage.say(STRANGER, "/mai/get", 7, "threshold")
    assert value.arguments[2] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((1, "threshold", 1.5), "out_of_range"),
        ((1, "threshold", "high"), "bad_arguments"),
        ((1, "threshold", float("nan")), "bad_arguments"),
        ((1, "volume", 1.0), "unknown_name"),
        ((1, "threshold"), "bad_arguments"),
        ((1, "output", "loud"), "out_of_range"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused_and_changes_nothing(
    stage: Stage, arguments: tuple[int | float | str, ...], code: str
) -> None:
    before = stage.engine.settings
    assert error_of(stage.say(STRANGER, "/mai/set", *arguments))[2] == code
    assert stage.engine.settings == before


def test_a_muted_track_is_silent_at_the_midi_port_alone_and_a_clients_bars_come_all_the_same(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    unmuted = bars_of(stage.say(STRANGER, "/mai/generate", 2, 42))
    done, *told = stage.say(STRANGER, "/mai/set", 3, "mute/bass", 1)
    assert done.arguments == (3, "mute/bass", 1)
    assert [message.arguments for message in told] == [("mute/3", 1)]
    assert stage.player.muted == {(0, band_routes(stage.engine.contract.tracks, ())[3].channel)}
    assert bars_of(stage.say(STRANGER, "/mai/generate", 2, 42)) == unmuted
    (value,) = stage.say(STRANGER, "/mai/get", 4, "mute/3")
    assert value.arguments == (4, "mute/3", 1)
    stage.say(STRANGER, "/mai/set", 5, "mute/3", 0)
    assert stage.player.muted == set()


@pytest.mark.parametrize(("name", "value", "code"), [("mute/9", 1, "unknown_name"), ("mute/1", 2, "out_of_range")])
def test_a_mute_that_does_not_fit_is_refused(stage: Stage, name: str, value: int, code: str) -> None:
    assert error_of(stage.say(STRANGER, "/mai/set", 1, name, value))[2] == code


def test_no_mute_outlives_the_evening(band: ModelContract) -> None:
    kept = kept_settings(PlaySettings(), SettingsStore({"mute/1": 1, "swing": 0.5}), band.tracks)
    assert (kept.swing, kept.muted) == (0.5, frozenset())
