"""A stream: which bar of the piece comes at which bar line of the song."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.clocks.song import Song
from bridge.doors.address import Address

JOIN_BEATS = 1.0  # of a bar must be left for it to be worth joining


@dataclass(frozen=True, slots=True)
class Stream:
    """Bars from song position `anchor` on, which is where bar `anchor_bar` of the piece begins. Replaced whole.

    A song position always means the same bar of the piece, so that a loop in the host repeats what it repeats there.
    """

    id: int  # of the /mai/stream/start
    source: Address | None  # who sent that; None: gone since
    anchor: float
    next_start: float  # song position of the bar that is sent next
    anchor_bar: int = 0
    sent: int = 0  # bars, of which a walk counts its steps

    def bar_at(self, start: float, beats_per_bar: float) -> int:
        """The bar of the piece, counted through its repetitions, at a bar line; negative before the anchor."""
        return self.anchor_bar + round((start - self.anchor) / beats_per_bar)

    def without_source(self) -> Stream:
        """The stream after whoever started it has left."""
        return replace(self, source=None)

    def advanced(self, song: Song) -> Stream:
        """The stream after this bar."""
        return replace(self, next_start=song.next_bar(self.next_start + song.metre.beats_per_bar), sent=self.sent + 1)

    def joined(self, song: Song, now: float) -> Stream:
        """The stream after the song began or jumped: on in the bar where the song is, if enough is left of it."""
        if self.sent == 0 and song.beat_at(now) <= self.anchor:
            return replace(self, next_start=self.anchor)
        beat = song.beat_at(now)
        start = song.bar_start(beat)
        if start + song.metre.beats_per_bar - beat < JOIN_BEATS:
            start = song.next_bar(beat)
        return replace(self, next_start=start)

    def in_metre(self, before: Song, song: Song, now: float) -> Stream:
        """The stream after the bar lines moved: the next bar of the piece comes at the next of the new lines."""
        beat = song.beat_at(now)
        if beat < self.anchor:
            start = song.next_bar(self.anchor)
            return replace(self, next_start=start, anchor=start)
        bar = self.bar_at(before.bar_start(beat), before.metre.beats_per_bar) + 1
        start = song.next_bar(beat)
        return replace(self, next_start=start, anchor=start, anchor_bar=bar)
