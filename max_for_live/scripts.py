"""The device's JavaScript: plain ES5 files with one idea each, joined into the two files that Max loads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Max looks scripts up by name: a plain "device.js" could be that of another device.
DEVICE_SCRIPT = "maisynthesizer.device.js"
PAD_SCRIPT = "maisynthesizer.pad.js"

# In this order: a file may use what those before it define as it is read.
_PARTS: Mapping[str, tuple[str, ...]] = {
    DEVICE_SCRIPT: (
        "protocol.js",
        "script/connection.js",
        "script/socket.js",
        "script/ensemble.js",
        "script/live_set.js",
        "script/schedule.js",
        "script/phrase.js",
        "script/audition.js",
        "script/state_text.js",
        "script/slots_of_set.js",
        "script/slots.js",
        "script/morph.js",
        "script/settings.js",
        "script/clip_writer.js",
        "script/face.js",
        "script/device.js",
        "script/sharing.js",
        "script/models.js",
        "script/playing.js",
        "script/controls.js",
        "script/max_calls.js",
    ),
    PAD_SCRIPT: ("script/pad.js",),
}


def part_files(name: str) -> tuple[Path, ...]:
    """The files that make up a script."""
    return tuple(HERE / part for part in _PARTS[name])


def scripts() -> dict[str, str]:
    """Each script's source, by the name under which Max finds it."""
    return {name: _joined(name) for name in _PARTS}


def _joined(name: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in part_files(name))
