"""The JSON of a patcher, as Max saves it, from a device's description."""

from __future__ import annotations

import json
from collections.abc import Callable

from max_for_live.amxd import MIDI_EFFECT, MODIFIED
from max_for_live.description import AUTOMATED, FACE_HEIGHT, Box, Description, Json, Parameter
from max_for_live.objects import SCRIPTED, ports_of

FLOAT, ENUM, BLOB = 0, 2, 3  # parameter types


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
        "parameters": _parameter_index(parameters, description),
        "dependency_cache": [
            {"name": name, "bootpath": ".", "patcherrelativepath": ".", "type": "TEXT", "implicit": 1}
            for name in description.scripts
        ],
        "latency": 0,
        "is_mpe": 0,
        "minimum_live_version": "",
        "minimum_max_version": "",
        "platform_compatibility": 0,
        "project": _project(description),
        "autosave": 0,
    }


def _box(box: Box, box_id: str, description: Description) -> Json:
    words = box.text.split()
    ports = ports_of(words, description.scripts)
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
    if words[0] in SCRIPTED:
        made |= _SCRIPT_FILE[words[0]](words[1])
    if box.parameter:
        made |= {
            "parameter_enable": 1,
            "varname": words[1] if words[0] == "pattr" else box.parameter.name,  # a pattr's own name is its argument
            "annotation": box.parameter.info,
            "annotation_name": box.parameter.name,
            **({"saved_object_attributes": _KEPT_IN_SET} if box.parameter.blob else {}),
            "saved_attribute_attributes": {"valueof": _value(box.parameter)},
        }
    return dict(sorted(made.items()))


# A js object names its file among its attributes, a jsui in its box.
_SCRIPT_FILE: dict[str, Callable[[str], Json]] = {
    "js": lambda name: {"saved_object_attributes": {"filename": name, "parameter_enable": 0}},
    "jsui": lambda name: {"filename": name, "parameter_enable": 0},
}
_KEPT_IN_SET = {"parameter_enable": 1, "parameter_mappable": 0}


def _value(parameter: Parameter) -> Json:
    made: Json = {
        "parameter_longname": parameter.name,
        "parameter_shortname": parameter.short_name,
        "parameter_modmode": 0,
    }
    if parameter.visibility != AUTOMATED:
        made["parameter_invisible"] = parameter.visibility
    if parameter.blob:
        return dict(sorted({**made, "parameter_type": BLOB}.items()))
    # Without an initial value a control loads at the bottom of its range.
    made |= {"parameter_initial_enable": 1, "parameter_initial": [parameter.initial]}
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
            "parameter_unitstyle": parameter.unit,  # left out, Live prints an integer
        }
        if parameter.printed:
            made["parameter_units"] = parameter.printed
    return dict(sorted(made.items()))


def _parameter_index(parameters: dict[str, Parameter], description: Description) -> Json:
    """The device's parameters by box, and the banks of eight that Push shows."""
    banks = {
        str(index): {"index": index, "name": bank.name, "parameters": [*bank.parameters, *["-"] * 8][:8]}
        for index, bank in enumerate(description.banks)
    }
    listed = {box_id: [parameter.name, parameter.short_name, 0] for box_id, parameter in parameters.items()}
    return {**listed, "parameterbanks": banks, "inherited_shortname": 1}


def _project(description: Description) -> Json:
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
        "contents": {
            "patchers": {},
            "code": {name: {"kind": "javascript", "local": 1} for name in description.scripts},
        },
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
