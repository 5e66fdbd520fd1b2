"""The README's picture of a project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageColor

from bridge.install.reaper import BUTTONS
from tests.reaper.picture import DRAWN_FROM, LIT, PICTURE, draw, source
from tests.reaper.scene import ACTIONS

NOTE, FIRST_ITEM = (ImageColor.getrgb(colour) for colour in ("#1c2226", "#c08a56"))


def track(*notes: tuple[int, int, int]) -> Mapping[str, Any]:
    """One track with an item of eight bars; notes as (from, to, pitch)."""
    made = [{"from": start, "to": stop, "pitch": pitch} for start, stop, pitch in notes]
    return {"name": "Drums", "items": [{"start": 0.0, "length": 16.0, "name": "Drums 1", "notes": made}]}


def test_a_note_is_drawn_at_its_beat() -> None:
    picture = draw([track((4 * 960, 8 * 960, 60))])
    row = [picture.getpixel((x, picture.height - 24)) for x in range(picture.width)]
    dark = [x for x, colour in enumerate(row) if colour == NOTE]
    bar = dark[-1] - dark[0]
    assert len(dark) > 150
    assert len(dark) == bar + 1, "one note"
    assert row[dark[0] - bar // 2] == row[dark[-1] + bar // 2] == FIRST_ITEM, "the bars beside it are empty"


def test_an_item_without_notes_is_drawn_empty() -> None:
    picture = draw([track()])
    below_its_name = picture.crop((220, picture.height - 80, picture.width - 20, picture.height - 20))
    assert [colour for _, colour in below_its_name.getcolors() or []] == [FIRST_ITEM]


def test_the_lit_button_is_another_than_the_rest() -> None:
    assert LIT in BUTTONS
    assert draw([], LIT).tobytes() != draw([]).tobytes()


def test_the_committed_picture_is_drawn_from_what_is_here_and_the_readme_shows_it() -> None:
    with Image.open(PICTURE) as committed:
        assert committed.info.get(DRAWN_FROM) == source(), "run: python -m tests.reaper.picture"
    assert f"]({PICTURE.name})" in (ACTIONS / "README.md").read_text(encoding="utf-8")
