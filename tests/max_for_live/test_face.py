"""The pictures of the face."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image, ImageColor

from max_for_live.controls import WIDTH
from max_for_live.description import FACE_HEIGHT
from max_for_live.device import describe
from max_for_live.face import DRAWN_FROM, PICTURES, STATES, draw, source_of

TITLE_BAR = 18


@pytest.mark.parametrize("name", list(STATES))
def test_the_picture_shows_the_whole_face_and_its_lamp(name: str) -> None:
    picture = draw(describe(), STATES[name])
    assert picture.size == (2 * WIDTH, 2 * (FACE_HEIGHT + TITLE_BAR))
    (lamp,) = [box.face for box in describe().boxes if box.key == "lamp"]
    assert lamp
    middle = (2 * lamp[0] + lamp[2], 2 * (lamp[1] + TITLE_BAR) + lamp[3])
    assert picture.getpixel(middle) == ImageColor.getrgb(STATES[name].lamp)


@pytest.mark.parametrize("name", list(STATES))
def test_the_committed_picture_is_of_this_face(name: str) -> None:
    with Image.open(PICTURES / name) as committed:
        assert committed.size == draw(describe(), STATES[name]).size
        assert committed.info.get(DRAWN_FROM) == source_of(describe(), STATES[name]), "run: python max_for_live/face.py"


def test_a_picture_of_another_face_is_known_as_such() -> None:
    (state, *_) = STATES.values()
    boxes = [replace(box, text="live.tab") if box.key == "generate" else box for box in describe().boxes]
    assert source_of(replace(describe(), boxes=boxes), state) != source_of(describe(), state)
    assert source_of(describe(), replace(state, lamp="#000000")) != source_of(describe(), state)


def test_the_states_look_different() -> None:
    assert len({draw(describe(), state).tobytes() for state in STATES.values()}) == len(STATES)
