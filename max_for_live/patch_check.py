"""What Max would pass over in silence: wires to nowhere, wrong port counts, parameters that hide one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations

from max_for_live.description import FACE_HEIGHT, Json
from max_for_live.objects import UnknownObject, ports_of
from max_for_live.patcher import BLOB, ENUM


def faults(patcher: Json, scripts: Mapping[str, str]) -> list[str]:
    """Every fault found in a patcher's JSON, in words; none: []. `scripts`: its js objects' sources by file name."""
    boxes = [entry["box"] for entry in patcher["boxes"]]
    return [
        *_box_faults(boxes, scripts),
        *_wire_faults(boxes, patcher["lines"]),
        *_parameter_faults(boxes),
        *_bank_faults(boxes, patcher["parameters"]["parameterbanks"]),
        *_face_faults(boxes, patcher["devicewidth"]),
    ]


def _box_faults(boxes: list[Json], scripts: Mapping[str, str]) -> Iterator[str]:
    for box_id, count in Counter(box["id"] for box in boxes).items():
        if count > 1:
            yield f"the id {box_id} is used {count} times"
    for box in boxes:
        words = box["text"].split() if box["maxclass"] == "newobj" else [box["maxclass"]]
        words += [box["filename"]] if "filename" in box else []
        try:
            ports = ports_of(words, scripts)
        except UnknownObject as unknown:
            yield f"{box['id']}: {unknown}"
            continue
        has = (box["numinlets"], box["numoutlets"], tuple(box.get("outlettype", ())))
        if has != (ports.inlets, len(ports.outlets), ports.outlets):
            yield f"{box['id']} ({' '.join(words)}) has the ports {has}, expected {ports}"


def _wire_faults(boxes: list[Json], lines: list[Json]) -> Iterator[str]:
    by_id = {box["id"]: box for box in boxes}
    wires = [(*line["patchline"]["source"], *line["patchline"]["destination"]) for line in lines]
    for wire, count in Counter(wires).items():
        source, outlet, destination, inlet = wire
        if count > 1:
            yield f"the wire {wire} is there {count} times"
        if source not in by_id or destination not in by_id:
            yield f"the wire {wire} has an end that is no box"
            continue
        if not 0 <= outlet < by_id[source]["numoutlets"]:
            yield f"the wire {wire} leaves an outlet that {source} does not have"
        if not 0 <= inlet < by_id[destination]["numinlets"]:
            yield f"the wire {wire} goes to an inlet that {destination} does not have"


def _parameter_faults(boxes: list[Json]) -> Iterator[str]:
    values = [box["saved_attribute_attributes"]["valueof"] for box in boxes if box.get("parameter_enable")]
    for key in ("parameter_longname", "parameter_shortname"):
        for name, count in Counter(value[key] for value in values).items():
            if count > 1:
                yield f"{count} parameters have the {key} {name!r}"
    for value in values:
        if value["parameter_type"] == BLOB:
            continue
        low, high = value.get("parameter_mmin", 0), value["parameter_mmax"]
        name, (initial,) = value["parameter_longname"], value["parameter_initial"]
        if not low < high or not low <= initial <= high:
            yield f"the parameter {name!r} goes from {low} to {high} and starts at {initial}"
        if value["parameter_type"] == ENUM and len(value["parameter_enum"]) != high + 1:
            yield f"the parameter {name!r} has {len(value['parameter_enum'])} items and goes up to {high}"


def _bank_faults(boxes: list[Json], banks: Json) -> Iterator[str]:
    values = [box["saved_attribute_attributes"]["valueof"] for box in boxes if box.get("parameter_enable")]
    automated = {value["parameter_longname"] for value in values if not value.get("parameter_invisible")}
    for bank in banks.values():
        if len(bank["parameters"]) != 8:
            yield f"the bank {bank['name']!r} has {len(bank['parameters'])} places, expected 8"
        for name in set(bank["parameters"]) - automated - {"-"}:
            yield f"the bank {bank['name']!r} holds {name!r}, which is no automated parameter"


def _face_faults(boxes: list[Json], width: float) -> Iterator[str]:
    shown = [(box["id"], *box["presentation_rect"]) for box in boxes if box.get("presentation")]
    for box_id, left, top, box_width, height in shown:
        inside = left >= 0 and top >= 0 and left + box_width <= width and top + height <= FACE_HEIGHT
        whole = all(float(edge).is_integer() for edge in (left, top, box_width, height))
        if not inside or not whole:
            yield f"{box_id} is at {left, top, box_width, height}, expected whole pixels inside {width} x {FACE_HEIGHT}"
    for one, other in combinations(shown, 2):
        if _overlap(one[1:], other[1:]):
            yield f"{one[0]} and {other[0]} overlap on the face"


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(one[axis] < other[axis] + other[axis + 2] and other[axis] < one[axis] + one[axis + 2] for axis in (0, 1))
