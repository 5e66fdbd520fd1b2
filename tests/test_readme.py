"""What the README says of the code is what the code says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from bridge.contract import ModelContract
from bridge.playing.chain import STEPS
from bridge.playing.style import Style
from bridge.protocol.protocol_table import protocol_table
from bridge.protocol.requests import ANSWERS, REQUESTS
from tests.bridge.engine.stage import STRANGER, Stage, a_stage

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_osc_table_is_the_one_that_the_code_prints() -> None:
    shown = re.search(r"<!-- made by: maisynth protocol -->\n(.*?)\n<!-- end -->", README, re.DOTALL)
    assert shown is not None
    assert shown.group(1) == protocol_table(), "run `maisynth protocol` and paste what it prints"


def test_every_request_has_an_answer_in_the_table() -> None:
    assert set(REQUESTS) == set(ANSWERS)


def test_the_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(links) >= 3
    for link in links:
        assert (ROOT / link).exists(), link


@pytest.fixture
def stage(band: ModelContract) -> Iterator[Stage]:
    yield from a_stage(band)


def test_the_playing_settings_are_told_in_the_order_in_which_the_chain_applies_them() -> None:
    section = README.split("## How the band plays")[1].split("\n## ")[0]
    told = re.findall(r"^\d\. \*\*(\w+)\*\*", section, re.MULTILINE)
    assert told == ["threshold", "velocity", *(name for name, _ in STEPS)]


def test_every_setting_that_the_readme_shows_is_accepted_as_it_stands_there(stage: Stage) -> None:
    typed = {"i": int, "f": float, "s": str}
    shown = re.findall(r"^oscsend 127\.0\.0\.1 7771 /mai/set i(s\w) (.*?) *(?:#.*)?$", README, re.MULTILINE)
    for types, words in shown:
        number, name, word = words.split()
        value = typed[types[1]](word)
        done = stage.say(STRANGER, "/mai/set", int(number), name, value)[0]
        assert (done.address, *done.arguments[:2]) == ("/mai/done", int(number), name)
        (read,) = stage.say(STRANGER, "/mai/get", 99, name)
        assert read.arguments[2] == pytest.approx(value, abs=1e-6)
    names = {words.split()[1].replace("density/Strings", "densities") for _, words in shown}
    assert names == {field.name for field in fields(Style)}
