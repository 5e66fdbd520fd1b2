"""Builds MAIsynthesizer.amxd: python max_for_live/build_device.py"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs with nothing installed

from max_for_live.amxd import MIDI_EFFECT, PATCHER_FLAG, Amxd, EmbeddedFile, to_bytes
from max_for_live.description import Description
from max_for_live.device import describe
from max_for_live.patch_check import faults
from max_for_live.patcher import patcher_text, to_patcher

DEVICE = Path(__file__).resolve().with_name("MAIsynthesizer.amxd")


def device_bytes(description: Description) -> bytes:
    """The frozen device. Raises SystemExit with the faults where it has any."""
    found = faults(to_patcher(description), description.scripts)
    if found:
        raise SystemExit("the device has faults:\n" + "\n".join(found))
    patcher = EmbeddedFile(DEVICE.name, b"JSON", patcher_text(description).encode() + b"\0", PATCHER_FLAG)
    scripts = (EmbeddedFile(name, b"TEXT", source.encode()) for name, source in description.scripts.items())
    return to_bytes(Amxd(MIDI_EFFECT, (patcher, *scripts)))


def main() -> None:
    data = device_bytes(describe())
    DEVICE.write_bytes(data)
    print(f"{DEVICE.name}: {len(data)} bytes")


if __name__ == "__main__":
    main()
