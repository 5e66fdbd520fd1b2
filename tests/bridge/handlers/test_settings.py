"""Settings are set, refused and told to all."""

from __future__ import annotations

import pytest

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
