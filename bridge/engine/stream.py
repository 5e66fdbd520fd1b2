"""A stream: which bar comes next, where in the song, and when it has to be sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.clocks.transport import BeatReference
from bridge.doors.clients import Address


@dataclass(frozen=True, slots=True)
class Stream:
    """Bars from song position `at_beat` on, the phrase's bars in a loop. Replaced whole at each bar."""

    id: int  # of the /mai/stream/start
    source: Address | None  # who sent that; None: gone since
    at_beat: float
    beats_per_bar: int
    phrase_bars: int
    sent: int = 0  # bars sent so far

    @property
    def bar(self) -> int:
        """The bar of the phrase that is next."""
        return self.sent % self.phrase_bars

    @property
    def start_beat(self) -> float:
        """Its song position."""
        return self.at_beat + self.sent * self.beats_per_bar

    def send_time(self, reference: BeatReference, lookahead: float) -> float:
        """The clock second at which it has to be sent; `lookahead` in beats."""
        return reference.time_of(self.start_beat - lookahead)

    def without_source(self) -> Stream:
        """The stream after whoever started it has left."""
        return replace(self, source=None)

    def advanced(self) -> Stream:
        """The stream after this bar."""
        return replace(self, sent=self.sent + 1)
