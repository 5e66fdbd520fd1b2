from __future__ import annotations

from dataclasses import fields

import pytest

from bridge.playing.style import SPELLINGS, Style
from bridge.protocol.arguments import Argument, ArgumentRefused, Value

ARGUMENTS: dict[str, Argument] = {
    entry.name: entry.metadata["argument"] for entry in fields(Style) if "argument" in entry.metadata
}


def test_every_setting_but_the_densities_is_an_argument_and_its_default_fits() -> None:
    assert {entry.name for entry in fields(Style)} - set(ARGUMENTS) == {"densities"}
    for name, argument in ARGUMENTS.items():
        default = getattr(Style(), name)
        assert argument.read(name, default) == default
        assert argument.meaning


@pytest.mark.parametrize(
    ("name", "value"),
    [("threshold", 1.1), ("velocity", 0), ("min_note", -0.1), ("mono_bass", 2), ("swing", 1.5), ("humanize", -1)],
)
def test_a_value_out_of_range_is_refused(name: str, value: Value) -> None:
    with pytest.raises(ArgumentRefused, match=f"{name} is"):
        ARGUMENTS[name].read(name, value)


def test_settings_that_are_names_have_a_spelling_and_keep_their_default() -> None:
    assert {name for name, argument in ARGUMENTS.items() if argument.kind == "s"} == set(SPELLINGS)
    for name, spelling in SPELLINGS.items():
        assert spelling(getattr(Style(), name)) == getattr(Style(), name)
