"""Clips that clients send in parts (/mai/clip) before a request that uses them: accompany, capture."""

from __future__ import annotations

from bridge.doors.address import Address, sender
from bridge.pianoroll import Note

MOST_CLIPS = 64
MOST_NOTES = 20_000


class BadClip(ValueError):
    """A clip that cannot be used; the message says what came and what was expected."""


class ClipDesk:
    """By sender and request number, the notes of each track, in beats from the clip's start. One thread uses it."""

    def __init__(self) -> None:
        self._clips: dict[tuple[Address, int], dict[tuple[int, int], list[Note]]] = {}

    def add(self, source: Address, request_id: int, track: int, part: int, parts: int, notes: list[Note]) -> None:
        """Take a part, in any order; one that comes again replaces itself. Raises BadClip."""
        if not 0 <= part < parts:
            raise BadClip(f"part is {part}, expected 0 to {parts - 1}")
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
