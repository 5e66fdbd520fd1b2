"""The setting `mute/<track>`: a track that is silent at the MIDI port, and only there."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.contract import TrackSpec
from bridge.playing.track_settings import named_track
from bridge.protocol.arguments import Argument, Value

PREFIX = "mute/"

MUTE = Argument("i", "1: the track is silent at the MIDI port, at once; clients are sent its bars all the same", 0, 1)


def change_mute(muted: frozenset[int], name: str, value: Value, tracks: Sequence[TrackSpec]) -> frozenset[int]:
    """The muted tracks with `name` (mute/<track>) among them or not. Raises ArgumentRefused."""
    track = frozenset((named_track(name, tracks),))
    return muted | track if MUTE.read(name, value) else muted - track


def read_mute(muted: frozenset[int], name: str, tracks: Sequence[TrackSpec]) -> int:
    """1 where the track of `name` (mute/<track>) is muted. Raises ArgumentRefused for an unknown track."""
    return int(named_track(name, tracks) in muted)
