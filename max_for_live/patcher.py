"""The JSON of a patcher, as Max saves it, from a device's description."""

from __future__ import annotations

import json

from max_for_live.amxd import MIDI_EFFECT, MODIFIED
from max_for_live.description import AUTOMATED, FACE_HEIGHT, Box, Description, Json, Parameter
from max_for_live.objects import ports_of

FLOAT, ENUM = 0, 2  # parameter types
_FLOAT_UNIT = 1  # how Live prints a number; left out, it prints an integer


def patcher_text(description: Description) -> str:
    """The patcher's JSON, as deterministic text."""
    return json.dumps({"patcher": to_patcher(description)}, indent="\t", ensure_ascii=False) + "\n"


def to_patcher(description: Description) -> Json:
    """The patcher as Max saves it. Raises UnknownObject."""
    ids = {box.key: f"obj-{number}" for number, box in enumerate(description.boxes, 1)}
    parameters = {ids[box.key]: box.parameter for box in description.boxes if box.parameter}
    width = float(description.width)
    return {
        "fileversion": 1,
        # Opens in Live 11 and 12; a newer Max saves a newer number.
        "appversion": {"major": 8, "minor": 6, "revision": 0, "architecture": "x64", "modernui": 1},
        "classnamespace": "box",
        "rect": [60.0, 100.0, 1100.0, 700.0],
        "openrect": [0.0, 0.0, width, float(FACE_HEIGHT)],
        "bglocked": 0,
        "openinpresentation": 1,
        "default_fontsize": 10.0,
        "default_fontface": 0,
        "default_fontname": "Arial",
        "gridonopen": 1,
        "gridsize": [8.0, 8.0],
        "gridsnaponopen": 1,
        "objectsnaponopen": 1,
        "statusbarvisible": 2,
        "toolbarvisible": 1,
        "boxanimatetime": 500,
        "enablehscroll": 1,
        "enablevscroll": 1,
        "devicewidth": width,
        "description": "",
        "digest": "",
        "tags": "",
        "style": "",
        "subpatcher_template": "",
        "boxes": [{"box": _box(box, ids[box.key], description)} for box in description.boxes],
        "lines": [
            {"patchline": {"source": [ids[w.source], w.outlet], "destination": [ids[w.destination], w.inlet]}}
            for w in description.wires
        ],
        "parameters": _parameter_index(parameters),
        "dependency_cache": [
            {
                "name": description.script_name,
                "bootpath": ".",
                "patcherrelativepath": ".",
                "type": "TEXT",
                "implicit": 1,
            }
        ],
        "latency": 0,
        "project": _project(description.script_name),
        "autosave": 0,
    }


def _box(box: Box, box_id: str, description: Description) -> Json:
    words = box.text.split()
    ports = ports_of(words, description.script)
    made: Json = {
        "id": box_id,
        "numinlets": ports.inlets,
        "numoutlets": len(ports.outlets),
        "patching_rect": [float(box.at[0]), float(box.at[1]), 120.0, 22.0],
        **box.attributes,
    }
    if ports.outlets:
        made["outlettype"] = list(ports.outlets)
    if words[0] == "message":
        made |= {"maxclass": "message", "text": " ".join(words[1:])}
    elif box.face:
        made |= {"maxclass": words[0], "presentation": 1, "presentation_rect": [float(edge) for edge in box.face]}
        made["patching_rect"][2:] = made["presentation_rect"][2:]
    else:
        made |= {"maxclass": "newobj", "text": box.text}
    if words[0] == "js":
        made["saved_object_attributes"] = {"filename": words[1], "parameter_enable": 0}
    if box.parameter:
        made |= {
            "parameter_enable": 1,
            "varname": box.parameter.name,
            "annotation": box.parameter.info,
            "annotation_name": box.parameter.name,
            "saved_attribute_attributes": {"valueof": _value(box.parameter)},
        }
    return dict(sorted(made.items()))


def _value(parameter: Parameter) -> Json:
    made: Json = {
        "parameter_longname": parameter.name,
        "parameter_shortname": parameter.short_name,
        "parameter_modmode": 0,
        # Without an initial value a control loads at the bottom of its range.
        "parameter_initial_enable": 1,
        "parameter_initial": [parameter.initial],
    }
    if parameter.items:
        made |= {
            "parameter_type": ENUM,
            "parameter_enum": list(parameter.items),
            "parameter_mmax": len(parameter.items) - 1,
        }
    else:
        made |= {
            "parameter_type": FLOAT,
            "parameter_mmin": parameter.low,
            "parameter_mmax": parameter.high,
            "parameter_unitstyle": _FLOAT_UNIT,
        }
    if parameter.visibility != AUTOMATED:
        made["parameter_invisible"] = parameter.visibility
    return dict(sorted(made.items()))


def _parameter_index(parameters: dict[str, Parameter]) -> Json:
    """The device's parameters by box, and the bank of eight that Push shows."""
    names = [parameter.name for parameter in parameters.values() if parameter.visibility == AUTOMATED]
    bank = {"index": 0, "name": "", "parameters": (names + ["-"] * 8)[:8]}
    listed = {box_id: [parameter.name, parameter.short_name, 0] for box_id, parameter in parameters.items()}
    return {**listed, "parameterbanks": {"0": bank}, "inherited_shortname": 1}


def _project(script_name: str) -> Json:
    """Max opens no device without this."""
    return {
        "version": 1,
        "creationdate": MODIFIED,
        "modificationdate": MODIFIED,
        "viewrect": [0.0, 0.0, 300.0, 500.0],
        "autoorganize": 1,
        "hideprojectwindow": 1,
        "showdependencies": 1,
        "autolocalize": 0,
        "contents": {"patchers": {}, "code": {script_name: {"kind": "javascript", "local": 1}}},
        "layout": {},
        "searchpath": {},
        "detailsvisible": 0,
        "amxdtype": int.from_bytes(MIDI_EFFECT, "big"),
        "readonly": 0,
        "devpathtype": 0,
        "devpath": ".",
        "sortmode": 0,
        "viewmode": 0,
    }
