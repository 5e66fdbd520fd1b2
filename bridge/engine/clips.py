"""Clips that clients send in parts (/mai/clip) before a request that uses them: accompany, capture."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import replace

from bridge.contract import ModelContract
from bridge.doors.address import Address, sender
from bridge.engine.piece import LONGEST_PIECE
from bridge.pianoroll import Note, Roll, notes_to_roll

MOST_CLIPS = 64
MOST_NOTES = 20_000
MOST_PARTS = 2000  # five of a clip's fullest, for senders of small messages
# A song of four minutes. A phrase is searched for two or three seconds, and its notes take 20 kB of every step of undo.
MOST_PHRASES = 32


class BadClip(ValueError):
    """A clip that cannot be used; the message says what came and what was expected."""


class ClipDesk:
    """By sender and request number, the notes of each track, in beats from the clip's start. One thread uses it."""

    def __init__(self) -> None:
        self._clips: dict[tuple[Address, int], dict[tuple[int, int], list[Note]]] = {}

    def add(self, source: Address, request_id: int, track: int, part: int, parts: int, notes: list[Note]) -> None:
        """Take a part, in any order; one that comes again replaces itself. Raises BadClip."""
        if not 0 <= part < parts <= MOST_PARTS:
            raise BadClip(f"part {part} of {parts} came, expected 0 to {parts - 1} of at most {MOST_PARTS}")
        key = (sender(source), request_id)
        clip = self._clips.setdefault(key, {})
        clip[track, part] = notes
        if sum(map(len, clip.values())) > MOST_NOTES:
            del self._clips[key]
            raise BadClip(f"the clip has more than {MOST_NOTES} notes: send a shorter one")
        while len(self._clips) > MOST_CLIPS:  # the oldest, whose request never came
            del self._clips[next(iter(self._clips))]

    def take(self, source: Address, request_id: int) -> dict[int, list[Note]]:
        """The notes by track, and forget them; empty if none came."""
        clip = self._clips.pop((sender(source), request_id), {})
        tracks: dict[int, list[Note]] = {}
        for (track, _), notes in sorted(clip.items()):
            tracks.setdefault(track, []).extend(notes)
        return tracks

    def forget(self, source: Address) -> None:
        """A client has gone."""
        for key in [key for key in self._clips if key[0] == source]:
            del self._clips[key]


def longest_clip(contract: ModelContract) -> int:
    """How many bars a clip may have: whole phrases of the model."""
    return contract.bars * max(1, min(MOST_PHRASES, LONGEST_PIECE // contract.bars))


def clip_bars(notes: Iterable[Note], contract: ModelContract) -> int:
    """How many bars notes fill that are counted from the clip's start, at least 1. Raises BadClip for too many."""
    end = max((note.start + note.duration for note in notes), default=0.0)
    bars = max(1, math.ceil(end / contract.beats_per_bar - 1e-6))
    if bars > longest_clip(contract):
        raise BadClip(
            f"the clip is {bars} bars long, expected at most {longest_clip(contract)}: send it in shorter parts, each "
            "with a request of its own"
        )
    return bars


def clip_roll(notes: Collection[Note], bars: int, contract: ModelContract, track: int) -> Roll:
    """The notes of one track as (bars, steps_per_bar, pitches) bool; what lies outside is left out."""
    long_bar = replace(contract, beats_per_bar=bars * contract.beats_per_bar)
    return notes_to_roll(notes, long_bar, track).reshape(bars, contract.steps_per_bar, contract.pitches)
