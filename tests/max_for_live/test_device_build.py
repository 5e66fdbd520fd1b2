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

from bridge import __version__
from bridge.engine.settings import SETTINGS
from bridge.playing.scale_names import SCALES as BRIDGE_SCALES
from bridge.protocol.requests import REQUESTS
from max_for_live.amxd import MIDI_EFFECT, Amxd, AmxdError, EmbeddedFile, from_bytes, to_bytes
from max_for_live.build_device import DEVICE, device_bytes
from max_for_live.controls import KEYS, SCALES, WIDTH
from max_for_live.description import FACE_HEIGHT, Bank, Box, Description, Json, Wire
from max_for_live.device import describe
from max_for_live.objects import UnknownObject
from max_for_live.patch_check import faults
from max_for_live.patcher import to_patcher
from max_for_live.scripts import DEVICE_SCRIPT, PAD_SCRIPT, part_files


@pytest.fixture
def shipped() -> Amxd:
    return from_bytes(DEVICE.read_bytes())


@pytest.fixture
def patcher(shipped: Amxd) -> Json:
    text = shipped.files[0].data.rstrip(b"\0").decode()
    patcher: Json = json.loads(text)["patcher"]
    return patcher


@pytest.fixture
def sources(shipped: Amxd) -> dict[str, str]:
    return {file.name: file.data.decode() for file in shipped.files[1:]}


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


def test_the_container_holds_the_patcher_and_the_scripts(shipped: Amxd) -> None:
    assert shipped.kind == MIDI_EFFECT
    assert [(file.name, file.type, file.flag) for file in shipped.files] == [
        ("MAIsynthesizer.amxd", b"JSON", 17),
        ("maisynthesizer.device.js", b"TEXT", 0),
        ("maisynthesizer.pad.js", b"TEXT", 0),
    ]
    assert shipped.files[0].data.endswith(b"}\n\0")
    for file in shipped.files[1:]:
        assert file.data == b"\n".join(path.read_bytes() for path in part_files(file.name))
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


def test_the_shipped_device_has_no_faults(patcher: Json, sources: dict[str, str]) -> None:
    assert faults(patcher, sources) == []


def test_live_finds_what_it_needs_in_the_patcher(patcher: Json) -> None:
    assert patcher["openrect"] == [0.0, 0.0, WIDTH, FACE_HEIGHT]
    assert patcher["openinpresentation"] == 1
    # Each of these is in nearly every device that Max 8 and 9 have saved.
    assert (patcher["is_mpe"], patcher["latency"], patcher["platform_compatibility"]) == (0, 0, 0)
    assert (patcher["minimum_live_version"], patcher["minimum_max_version"]) == ("", "")
    assert patcher["project"]["amxdtype"].to_bytes(4, "big") == MIDI_EFFECT
    boxes = [entry["box"] for entry in patcher["boxes"]]
    (script,) = [box for box in boxes if box.get("text", "").startswith("js ")]
    (pad,) = [box for box in boxes if box["maxclass"] == "jsui"]
    assert script["saved_object_attributes"]["filename"] == DEVICE_SCRIPT
    assert pad["filename"] == PAD_SCRIPT
    names = [file["name"] for file in patcher["dependency_cache"]]
    assert names == list(patcher["project"]["contents"]["code"]) == [DEVICE_SCRIPT, PAD_SCRIPT]


def parameters(patcher: Json) -> dict[str, Json]:
    boxes = [entry["box"] for entry in patcher["boxes"]]
    values = [box["saved_attribute_attributes"]["valueof"] for box in boxes if box.get("parameter_enable")]
    return {value["parameter_longname"]: value for value in values}


def test_the_parameters_are_those_of_the_readme(patcher: Json) -> None:
    readme = DEVICE.with_name("README.md").read_text(encoding="utf-8")
    shown = [name for name in parameters(patcher) if not re.fullmatch(r"Slot [2-8]|Corner [B-D]|Latents", name)]
    assert len(shown) > 20
    assert [name for name in shown if f"**{name}**" not in readme] == []


def test_every_parameter_has_a_short_name_that_fits_and_a_text_for_live(patcher: Json) -> None:
    for name, value in parameters(patcher).items():
        assert 1 <= len(value["parameter_shortname"]) <= 8, name
    boxes = [entry["box"] for entry in patcher["boxes"] if entry["box"].get("parameter_enable")]
    assert all(box["annotation"].endswith(".") for box in boxes)


def test_the_face_tells_which_version_of_the_device_lies_in_a_set(patcher: Json) -> None:
    texts = [entry["box"].get("text") for entry in patcher["boxes"] if entry["box"]["maxclass"] == "live.comment"]
    assert __version__ in texts


def test_what_cannot_be_undone_by_automation_is_kept_from_it(patcher: Json) -> None:
    invisible = {name: value.get("parameter_invisible", 0) for name, value in parameters(patcher).items()}
    stored = {name for name, kind in invisible.items() if kind == 1}
    assert stored == {"Track", "Latents", "Corner A", "Corner B", "Corner C", "Corner D"}
    assert {name for name, kind in invisible.items() if kind == 2} == {"Save"}


def test_the_latents_are_kept_in_the_set_as_a_blob(patcher: Json) -> None:
    (box,) = [entry["box"] for entry in patcher["boxes"] if entry["box"].get("text") == "pattr latents"]
    assert box["saved_object_attributes"] == {"parameter_enable": 1, "parameter_mappable": 0}
    assert parameters(patcher)["Latents"]["parameter_type"] == 3
    assert box["varname"] == "latents", "another name would compete with the pattr's own"


def test_percentages_are_shown_as_such(patcher: Json) -> None:
    for name in ("Morph", "Morph X", "Morph Y", "Density", "Threshold", "Swing", "Humanize"):
        value = parameters(patcher)[name]
        assert (value.get("parameter_mmin", 0), value["parameter_mmax"], value["parameter_unitstyle"]) == (0, 100, 5)


def test_the_controls_of_settings_go_as_far_as_the_bridges_own(patcher: Json) -> None:
    controls = parameters(patcher)
    for name, setting in (("Threshold", "threshold"), ("Swing", "swing"), ("Humanize", "humanize")):
        low, high = SETTINGS[setting].low, SETTINGS[setting].high
        assert (controls[name].get("parameter_mmin", 0) / 100, controls[name]["parameter_mmax"] / 100) == (low, high)
    shortest, allowed = controls["Min Note"], SETTINGS["min_note"]
    assert (shortest["parameter_mmin"], shortest["parameter_mmax"]) == (allowed.low, allowed.high)
    assert (shortest["parameter_unitstyle"], shortest["parameter_units"]) == (9, "%.2f beats")


def test_all_devices_hear_each_other_by_a_name_that_no_global_has(patcher: Json, sources: dict[str, str]) -> None:
    texts = [entry["box"].get("text", "") for entry in patcher["boxes"]]
    (sends,) = [text.split()[1] for text in texts if text.startswith("send ")]
    assert f"receive {sends}" in texts
    assert not sends.startswith("---"), "that would be a name of each device's own"
    assert sends not in re.findall(r'new Global\("([^"]+)"\)', sources[DEVICE_SCRIPT])


def test_push_shows_banks_of_eight(patcher: Json) -> None:
    banks = list(patcher["parameters"]["parameterbanks"].values())
    assert [bank["name"] for bank in banks] == ["Band", "Slots", "Morph", "Style", "Scale", "Clip"]
    assert banks[1]["parameters"] == [f"Slot {number}" for number in range(1, 9)]


def test_every_address_in_the_script_is_of_the_protocol(sources: dict[str, str]) -> None:
    source = sources[DEVICE_SCRIPT]
    used = set(re.findall(r"MAI\.REQUESTS\.([A-Z_]+)", source))
    assert {"HELLO", "GENERATE", "MORPH", "STREAM_START"} <= used
    assert used <= {address.removeprefix("/mai/").replace("/", "_").upper() for address in REQUESTS}


def test_the_menus_are_the_scripts_and_the_bridges_own(sources: dict[str, str]) -> None:
    listed = re.search(r"var SCALES = \[(.*?)\];", sources[DEVICE_SCRIPT], re.DOTALL)
    assert listed
    of_script = re.findall(r'"(\w+)"', listed[1])
    assert [name.casefold().replace(" ", "_") for name in SCALES] == of_script == ["off", *BRIDGE_SCALES]
    keys = re.search(r"var KEYS = \[(.*?)\];", sources[DEVICE_SCRIPT])
    assert keys
    assert ["off", *KEYS[1:]] == re.findall(r'"([^"]+)"', keys[1])


def test_the_scripts_are_joined_from_files_that_a_person_can_read() -> None:
    for name in (DEVICE_SCRIPT, PAD_SCRIPT):
        for path in part_files(name):
            assert len(path.read_text(encoding="utf-8").splitlines()) <= 160, path.name


def with_box(box: Box) -> Callable[[Description], Description]:
    return lambda device: replace(device, boxes=(*device.boxes, box))


def with_bank(*names: str) -> Callable[[Description], Description]:
    return lambda device: replace(device, banks=(*device.banks, Bank("More", names)))


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
        (with_wire("note", 1, "wait", 4), "an inlet that"),
        (with_wire("note", 0, "wait", 0), "is there 2 times"),
        (with_changed_parameter("slot_1", name="Slot 2"), "2 parameters have the parameter_longname 'Slot 2'"),
        (with_changed_parameter("morph", initial=200.0), "'Morph' goes from 0.0 to 100.0 and starts at 200.0"),
        (with_bank("Density", "Trakc"), "holds 'Trakc', which is no automated parameter"),
        (with_bank("Density", "Track"), "holds 'Track', which is no automated parameter"),
        (with_box(Box("low", "live.comment", (0, 0), (0, 160, 20, 10))), "expected whole pixels inside"),
        (with_box(Box("over", "live.comment", (0, 0), (12, 12, 20, 10))), "overlap on the face"),
    ],
)
def test_the_check_finds(spoil: Callable[[Description], Description], said: str) -> None:
    spoilt = spoil(describe())
    found = faults(to_patcher(spoilt), spoilt.scripts)
    assert any(said in fault for fault in found), found
    with pytest.raises(SystemExit, match="the device has faults"):
        device_bytes(spoilt)


def test_a_misspelt_object_is_not_built() -> None:
    with pytest.raises(UnknownObject, match="'makenotes'"):
        to_patcher(with_box(Box("wrong", "makenotes 100 100", (0, 0)))(describe()))


def test_a_script_that_is_not_there_is_not_built() -> None:
    with pytest.raises(UnknownObject, match=r"js another\.js has no script"):
        to_patcher(with_box(Box("wrong", "js another.js", (0, 0)))(describe()))


def test_a_wrong_port_count_in_a_patcher_is_found(patcher: Json, sources: dict[str, str]) -> None:
    (pipe,) = [entry["box"] for entry in patcher["boxes"] if entry["box"].get("text", "").startswith("pipe")]
    pipe["numinlets"] = 5
    assert any("has the ports" in fault for fault in faults(patcher, sources))
