"""A scene in Reaper, played by lua5.4: a Lua chunk that uses `stage` (fake/stage.lua), and what the project is then."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bridge.doors.client import bar_notes
from bridge.protocol.osc_packet import OscMessage

ACTIONS = Path(__file__).resolve().parents[2] / "reaper"
_STAGE = Path(__file__).parent / "fake" / "stage.lua"

TICKS = 960  # a quarter note
CHANNELS = (9, 0, 1, 2, 3)  # of the band's tracks, counted from 0

needs_lua = pytest.mark.skipif(
    not (shutil.which("lua5.4") and shutil.which("curl")),
    reason="no Reaper test: lua5.4 and curl are not installed (Debian: apt install lua5.4 curl)",
)


def play(scene: str, port: int = 1) -> dict[str, Any]:
    """What the scene told. `port` is the HTTP port of the bridge (1: nobody is there)."""
    command = ["lua5.4", str(_STAGE), str(ACTIONS), str(port)]
    ran = subprocess.run(command, input=scene, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def notes_of(told: dict[str, Any], track: int, item: int = 0) -> list[tuple[int, ...]]:
    """(start and end in ticks of the item, channel, pitch, velocity), sorted."""
    notes = told["project"]["tracks"][track]["items"][item]["notes"]
    keys = ("from", "to", "channel", "pitch", "velocity")
    return sorted(tuple(note[key] for key in keys) for note in notes)


def notes_in_items(answer: Sequence[OscMessage]) -> list[list[tuple[int, ...]]]:
    """For each track, the notes of a whole answer as they are in an item that begins with it; as notes_of."""
    tracks: list[list[tuple[int, ...]]] = [[] for _ in CHANNELS]
    for message in answer[:-1]:
        bar, track, notes = bar_notes(message)
        for note in notes:
            start = 4 * bar + note.start
            ticks = (round(start * TICKS), round((start + note.duration) * TICKS))
            tracks[track].append((*ticks, CHANNELS[track], note.pitch, note.velocity))
    return [sorted(track) for track in tracks]
