"""A phrase as a PNG: one lane a track, pitch up, time to the right, in the colours of the original's pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from bridge.contract import ModelContract
from bridge.pianoroll import Roll

Colour = tuple[int, int, int]

# Red, orange, green, blue, sky; shades that stand on white, and on a dark terminal. A sixth track is red again.
TRACK_COLOURS: tuple[Colour, ...] = ((226, 48, 44), (245, 138, 24), (38, 166, 75), (52, 92, 224), (38, 164, 232))

PIXELS_PER_STEP = 4
PIXELS_PER_PITCH = 3
OCTAVE = 12

_MARGIN = 14
_NAME_INDENT = 10  # after the stripe in the track's colour
_OCTAVE_NAME_WIDTH = 22
_LANE_GAP = 10
_WHITE = (255, 255, 255)
_TEXT = (60, 64, 72)
_FAINT_TEXT = (150, 155, 165)
_BAR_LINE = (120, 126, 138)
_BEAT_LINE = (226, 229, 234)
_OCTAVE_LINE = (240, 242, 245)


def write_picture(path: Path, roll: Roll, contract: ModelContract) -> None:
    """Writes the phrase `roll` (bars, tracks, steps_per_bar, pitches) bool as a PNG, 4 pixels a step, 3 a pitch.

    Each lane shows the octaves that its track uses, at least two. Raises OSError when the file cannot be written.
    """
    bars, tracks, steps, _ = roll.shape
    width = bars * steps * PIXELS_PER_STEP
    lanes = [roll[:, track].reshape(bars * steps, -1) for track in range(tracks)]
    ranges = [octaves_in_use(lane, contract) for lane in lanes]
    heights = [(high - low) * PIXELS_PER_PITCH for low, high in ranges]
    name_font = ImageFont.load_default(13)
    name_width = max(round(name_font.getlength(track.name)) for track in contract.tracks)
    left, top = _MARGIN + _NAME_INDENT + name_width + _OCTAVE_NAME_WIDTH, _MARGIN
    size = (left + width + _MARGIN, 2 * _MARGIN + sum(heights) + _LANE_GAP * (tracks - 1))
    picture = Image.new("RGB", size, _WHITE)
    draw = ImageDraw.Draw(picture)
    for track, lane in enumerate(lanes):
        low, high = ranges[track]
        box = (left, top, left + width, top + heights[track])
        colour = TRACK_COLOURS[track % len(TRACK_COLOURS)]
        _draw_grid(draw, box, low, bars, contract)
        _draw_notes(draw, box, lane[:, low:high], colour, contract.tracks[track].is_drum)
        _draw_bar_lines(draw, box, bars)
        draw.rectangle((_MARGIN, box[1], _MARGIN + 3, box[3]), fill=colour)
        name_at = (_MARGIN + _NAME_INDENT, (box[1] + box[3]) // 2)
        draw.text(name_at, contract.tracks[track].name, fill=_TEXT, font=name_font, anchor="lm")
        _draw_octave_names(draw, box, low, high, contract.lowest_pitch)
        top += heights[track] + _LANE_GAP
    picture.save(path, format="PNG")


def octaves_in_use(lane: Roll, contract: ModelContract, at_least: int = 2) -> tuple[int, int]:
    """The first and one past the last pitch index of the octaves, from C to B, that (steps, pitches) `lane` uses.

    At least `at_least` octaves where the contract has them, growing upwards first; from middle C for an empty lane.
    """
    pitches = contract.lowest_pitch + np.nonzero(lane.any(axis=0))[0]
    lowest = contract.lowest_pitch // OCTAVE
    highest = (contract.lowest_pitch + contract.pitches - 1) // OCTAVE
    used = (int(pitches[0]) // OCTAVE, int(pitches[-1]) // OCTAVE) if len(pitches) else (5, 5)
    first, last = min(max(used[0], lowest), highest), min(max(used[1], lowest), highest)
    while last - first + 1 < at_least and (first > lowest or last < highest):
        if last < highest:
            last += 1
        else:
            first -= 1
    low = max(first * OCTAVE - contract.lowest_pitch, 0)
    high = min((last + 1) * OCTAVE - contract.lowest_pitch, contract.pitches)
    return low, high


_Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels


def _draw_grid(draw: ImageDraw.ImageDraw, box: _Box, low: int, bars: int, contract: ModelContract) -> None:
    left, top, right, bottom = box
    to_next_c = -(contract.lowest_pitch + low) % OCTAVE
    draw.rectangle(box, outline=_BEAT_LINE)
    for y in range(bottom - to_next_c * PIXELS_PER_PITCH, top, -OCTAVE * PIXELS_PER_PITCH):
        draw.line((left, y, right, y), fill=_OCTAVE_LINE)
    for beat in range(bars * contract.beats_per_bar):
        x = left + beat * contract.steps_per_beat * PIXELS_PER_STEP
        draw.line((x, top, x, bottom), fill=_BEAT_LINE)


def _draw_notes(draw: ImageDraw.ImageDraw, box: _Box, lane: Roll, colour: Colour, is_drum: bool) -> None:
    left, _, _, bottom = box
    attack = (colour[0] * 6 // 10, colour[1] * 6 // 10, colour[2] * 6 // 10)
    for start, end, pitch in _runs(lane, is_drum):
        x0, x1 = left + start * PIXELS_PER_STEP + 1, left + end * PIXELS_PER_STEP - 1
        y = bottom - (pitch + 1) * PIXELS_PER_PITCH
        draw.rectangle((x0, y, x1, y + PIXELS_PER_PITCH - 1), fill=colour)
        draw.rectangle((x0, y, x0, y + PIXELS_PER_PITCH - 1), fill=attack)


def _runs(lane: Roll, is_drum: bool) -> NDArray[np.intp]:
    """(notes, 3): start and end step and pitch index; a drum's cells are notes of their own."""
    before = np.zeros_like(lane)
    after = np.zeros_like(lane)
    if not is_drum:
        before[1:], after[:-1] = lane[:-1], lane[1:]
    pitches, starts = np.nonzero((lane & ~before).T)
    ends = np.nonzero((lane & ~after).T)[1] + 1
    return np.stack([starts, ends, pitches], axis=1)


def _draw_bar_lines(draw: ImageDraw.ImageDraw, box: _Box, bars: int) -> None:
    left, top, right, bottom = box
    for bar in range(bars + 1):
        x = left + bar * (right - left) // bars
        draw.line((x, top, x, bottom), fill=_BAR_LINE)


def _draw_octave_names(draw: ImageDraw.ImageDraw, box: _Box, low: int, high: int, lowest_pitch: int) -> None:
    font = ImageFont.load_default(9)
    for pitch in range(lowest_pitch + low, lowest_pitch + high):
        if pitch % OCTAVE == 0:
            y = box[3] - (pitch - lowest_pitch - low) * PIXELS_PER_PITCH
            draw.text((box[0] - 4, y), f"C{pitch // OCTAVE - 1}", fill=_FAINT_TEXT, font=font, anchor="rb")
