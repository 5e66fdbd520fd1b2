"""The pictures of the page for the README: python -m tests.page.pictures, with the band that comes along."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from bridge.paths import EMBEDDED_MODEL
from tests.page.chromium import Visit, chromium
from tests.page.served import ServedBridge, bridge_with_page

FOLDER = Path(__file__).parents[2] / "bridge" / "page" / "pictures"
WIDE = {"width": 1360, "height": 900}
PICTURES: dict[str, dict[str, Any]] = {
    "light.png": {"viewport": WIDE, "color_scheme": "light"},
    "dark.png": {"viewport": WIDE, "color_scheme": "dark"},
    "narrow.png": {"viewport": {"width": 320, "height": 1060}, "color_scheme": "dark", "device_scale_factor": 1.5},
}
LARGEST_BYTES = 200_000
STEP = 5  # between two shades: 255 is one of them, and the file is smaller by a third


def take(visit: Visit, path: Path) -> None:
    """A musician at work: the band plays, one track is locked, the morph is on its way."""
    visit.wait("document.querySelectorAll('.point').length > 10")
    visit.press("play")
    box = visit.page.locator("#pad").bounding_box()
    assert box
    mouse = visit.page.mouse
    mouse.move(box["x"] + 0.12 * box["width"], box["y"] + 0.58 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.66 * box["height"], steps=6)
    mouse.up()
    visit.wait("!document.querySelector('#playhead').hidden && document.querySelector('#phrase-empty').hidden")
    visit.wait("Number(document.querySelector('#playhead').style.getPropertyValue('--share')) > 0.55", 30)
    visit.wait("document.querySelectorAll('[data-lit=\"1\"]').length > 1", 30)
    mouse.move(0, 0)
    shot = Image.open(io.BytesIO(visit.page.screenshot()))
    shot.convert("RGB").point(lambda value: round(value / STEP) * STEP).save(path, optimize=True)
    assert path.stat().st_size < LARGEST_BYTES, path
    visit.press("play")
    visit.wait("document.querySelector('#play-word').textContent === 'Play'")


def prepare(bridge: ServedBridge) -> None:
    for name, value in (("key", "A"), ("scale", "minor"), ("swing", 0.22), ("humanize", 0.3), ("density/2", 0.35)):
        bridge.ask("/mai/set", name, value)
    bridge.ask("/mai/generate", 11)
    bridge.ask("/mai/lock", 3, 1)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place, bridge_with_page(EMBEDDED_MODEL, Path(place)) as bridge:
        prepare(bridge)
        with chromium() as browser:
            for name, profile in PICTURES.items():
                context = browser.new_context(**profile)
                take(Visit(context, bridge.url), FOLDER / name)
                context.close()


if __name__ == "__main__":
    main()
