"""The built device: its bytes, what is inside, and that the check finds what Max would pass over in silence."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.protocol.requests import REQUESTS
from max_for_live.amxd import MIDI_EFFECT, Amxd, AmxdError, EmbeddedFile, from_bytes, to_bytes
from max_for_live.build_device import DEVICE, device_bytes
from max_for_live.description import FACE_HEIGHT, Box, Description, Json, Wire
from max_for_live.device import WIDTH, describe
from max_for_live.objects import UnknownObject
from max_for_live.patch_check import faults
from max_for_live.patcher import to_patcher


@pytest.fixture
def shipped() -> Amxd:
    return from_bytes(DEVICE.read_bytes())


@pytest.fixture
def patcher(shipped: Amxd) -> Json:
    text = shipped.files[0].data.rstrip(b"\0").decode()
    patcher: Json = json.loads(text)["patcher"]
    return patcher


@pytest.fixture
def script(shipped: Amxd) -> str:
    return shipped.files[1].data.decode()


def test_the_committed_device_is_what_its_description_builds() -> None:
    assert device_bytes(describe()) == DEVICE.read_bytes(), "run: python max_for_live/build_device.py"


def test_a_bare_python_builds_the_same_bytes(tmp_path: Path) -> None:
    building = (
        "import runpy, pathlib; pathlib.Path.write_bytes = lambda self, data: print(data.hex()); "
        f"runpy.run_path({str(DEVICE.with_name('build_device.py'))!r}, run_name='__main__')"
    )
    ran = subprocess.run(
        [sys.executable, "-S", "-c", building], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert bytes.fromhex(ran.stdout.split()[0]) == DEVICE.read_bytes()


def test_the_container_holds_the_patcher_and_the_script(shipped: Amxd) -> None:
    assert shipped.kind == MIDI_EFFECT
    assert [(file.name, file.type, file.flag) for file in shipped.files] == [
        ("MAIsynthesizer.amxd", b"JSON", 17),
        ("maisynthesizer.device.js", b"TEXT", 0),
    ]
    assert shipped.files[0].data.endswith(b"}\n\0")
    assert shipped.files[1].data == DEVICE.with_name("device.js").read_bytes()
    assert to_bytes(shipped) == DEVICE.read_bytes()


@pytest.mark.parametrize("sizes", [(0, 0), (1, 3), (5, 4096)])
def test_a_container_is_read_back_as_it_was_written(sizes: tuple[int, int]) -> None:
    files = tuple(EmbeddedFile("n" * (size % 7 + 1), b"TEXT", bytes(range(256)) * size, size) for size in sizes)
    assert from_bytes(to_bytes(Amxd(MIDI_EFFECT, files))) == Amxd(MIDI_EFFECT, files)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"RIFF" + bytes(40), "expected b'ampf'"),
        (b"ampf\4\0\0\0mmmm", "expected a 'ptch'"),
        (b"ampf\4\0\0\0mmmmptch\xff\0\0\0{", "leaves the file"),
        (b"ampf\4\0\0\0mmmmptch\2\0\0\0{}", "not frozen"),
    ],
)
def test_what_is_no_frozen_device_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(AmxdError, match=said):
        from_bytes(data)


def test_the_shipped_device_has_no_faults(patcher: Json, script: str) -> None:
    assert faults(patcher, script) == []


def test_live_finds_what_it_needs_in_the_patcher(patcher: Json) -> None:
    assert patcher["openrect"] == [0.0, 0.0, WIDTH, FACE_HEIGHT]
    assert patcher["openinpresentation"] == 1
    assert patcher["project"]["amxdtype"].to_bytes(4, "big") == MIDI_EFFECT
    (script_box,) = [entry["box"] for entry in patcher["boxes"] if entry["box"].get("text", "").startswith("js ")]
    name = script_box["saved_object_attributes"]["filename"]
    assert (
        [name] == [file["name"] for file in patcher["dependency_cache"]] == list(patcher["project"]["contents"]["code"])
    )


def test_the_parameters_are_those_of_the_readme(patcher: Json) -> None:
    listed = {value[0]: value[1] for key, value in patcher["parameters"].items() if key.startswith("obj-")}
    assert listed == {
        "Generate": "Generat",
        "Track": "Track",
        "Panic": "Panic",
        "Save A": "Save A",
        "Recall A": "Call A",
        "Morph": "Morph",
        "Save B": "Save B",
        "Recall B": "Call B",
    }
    bank = patcher["parameters"]["parameterbanks"]["0"]["parameters"]
    assert bank == [*(name for name in listed if name != "Track"), "-"]
    readme = DEVICE.with_name("README.md").read_text(encoding="utf-8")
    assert [name for name in listed if f"**{name}**" not in readme] == []


def test_every_address_in_the_script_is_one_of_the_bridges_requests(script: str) -> None:
    sent = set(re.findall(r'(?:send|request)\("(/mai/[a-z/]+)"', script))
    assert {"/mai/hello", "/mai/generate", "/mai/morph"} <= sent
    assert sent <= set(REQUESTS)


def with_box(box: Box) -> Callable[[Description], Description]:
    return lambda device: replace(device, boxes=(*device.boxes, box))


def with_wire(*ends: object) -> Callable[[Description], Description]:
    return lambda device: replace(device, wires=(*device.wires, Wire(*ends)))  # type: ignore[arg-type]


def with_changed_parameter(key: str, **changes: object) -> Callable[[Description], Description]:
    def change(device: Description) -> Description:
        boxes = [
            replace(box, parameter=replace(box.parameter, **changes)) if box.key == key and box.parameter else box  # type: ignore[arg-type]
            for box in device.boxes
        ]
        return replace(device, boxes=boxes)

    return change


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (with_wire("note", 4, "wait", 0), "an outlet that"),
        (with_wire("note", 0, "wait", 4), "an inlet that"),
        (with_wire("note", 0, "wait", 0), "is there 2 times"),
        (with_changed_parameter("keep_a", name="Save B"), "2 parameters have the parameter_longname 'Save B'"),
        (with_changed_parameter("morph", initial=2.0), "'Morph' goes from 0.0 to 1.0 and starts at 2.0"),
        (with_box(Box("low", "live.comment", (0, 0), (0, 160, 20, 10))), "expected whole pixels inside"),
        (with_box(Box("over", "live.comment", (0, 0), (12, 12, 20, 10))), "overlap on the face"),
    ],
)
def test_the_check_finds(spoil: Callable[[Description], Description], said: str) -> None:
    spoilt = spoil(describe())
    found = faults(to_patcher(spoilt), spoilt.script)
    assert any(said in fault for fault in found), found
    with pytest.raises(SystemExit, match="the device has faults"):
        device_bytes(spoilt)


def test_a_misspelt_object_is_not_built() -> None:
    with pytest.raises(UnknownObject, match="'makenotes'"):
        to_patcher(with_box(Box("wrong", "makenotes 100 100", (0, 0)))(describe()))


def test_a_wrong_port_count_in_a_patcher_is_found(patcher: Json, script: str) -> None:
    (pipe,) = [entry["box"] for entry in patcher["boxes"] if entry["box"].get("text", "").startswith("pipe")]
    pipe["numinlets"] = 5
    assert any("has the ports" in fault for fault in faults(patcher, script))
