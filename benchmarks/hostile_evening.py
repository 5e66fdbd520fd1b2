"""What is known of a bridge that was sent hostile datagrams while it played, and what of it is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.hostile_flood import Sent
from benchmarks.midi_log import LoggedMessage
from tests.peers.streamed_bars import StreamedBar

MEMORY_MAY_GROW = 8.0  # MiB, from the middle of the datagrams to their end
THREADS_MAY_COME = 1
FILES_MAY_COME = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """The bridge's process at one moment: datagrams sent until then, memory (MiB), threads, open files."""

    datagrams: int
    memory: float
    threads: int
    files: int


@dataclass(frozen=True, slots=True)
class Pings:
    """A client that asks all the while: how often, busy answers, no answer within seconds, and the slowest answer."""

    asked: int
    busy: int
    unanswered: int
    slowest: float  # seconds


@dataclass(frozen=True)
class HostileEvening:
    """All of it. `heard`: at the JACK port; None: there was no JACK."""

    sent: Sent
    seconds: float
    lost: int | None  # datagrams that found no room at the port; None: the system does not tell
    samples: Sequence[Sample]  # before, in between, after
    pings: Pings
    status: Mapping[str, Any]  # the bridge's own, after the last datagram
    bars: Sequence[StreamedBar]
    torn: Sequence[str]
    bar_beats: float
    heard: Sequence[LoggedMessage] | None
    failures: Sequence[str]  # lines of the bridge's log that tell of an internal error
    exit_status: int
    stalled: float = 0.0  # seconds for which the machine kept a sleeping thread waiting, in all: a late bar's excuse

    @property
    def middle(self) -> Sample:
        """The one nearest to half of the datagrams."""
        return min(self.samples, key=lambda sample: abs(sample.datagrams - self.sent.datagrams / 2))

    @property
    def expected_bars(self) -> int:
        """Bar lines of the song from the first to the last that came."""
        starts = [bar.start for bar in self.bars]
        return round((max(starts) - min(starts)) / self.bar_beats) + 1 if starts else 0

    @property
    def missed_bars(self) -> int:
        return self.expected_bars - len({bar.start for bar in self.bars})

    @property
    def late_bars(self) -> int:
        return sum(bar.is_late for bar in self.bars)

    @property
    def altered_bars(self) -> int:
        """Bars that came with other notes than the same bar of the phrase did first, from its second time through on:
        at the first time nothing is tied into its beginning from its end."""
        again = self.bars[len({bar.bar for bar in self.bars}) :]
        first = {bar.bar: bar.notes for bar in reversed(again)}
        return sum(bar.notes != first[bar.bar] for bar in again)

    def faults(self) -> Iterator[str]:
        """Every promise that was not kept, in words."""
        counters, before, after = self.status["counters"], self.samples[0], self.samples[-1]
        if self.lost:
            yield f"{self.lost} datagrams found no room at the port"
        elif self.lost is not None and counters["malformed"] != self.sent.malformed:
            yield f"{self.sent.malformed} malformed datagrams were sent, the bridge counted {counters['malformed']}"
        if counters["rejected"] + counters["refused_for_room"] < self.sent.unfit and not self.lost:
            yield f"{self.sent.unfit} messages were no requests, {counters['rejected']} were rejected"
        if not self.bars or self.missed_bars or self.torn or self.altered_bars:
            yield (
                f"of {self.expected_bars} bars {self.missed_bars} were missed, "
                f"{len(self.torn)} torn, {self.altered_bars} altered"
            )
        if self.late_bars or counters["late"]:
            yield f"{self.late_bars} bars came late, the bridge counted {counters['late']}"
        if (growth := after.memory - self.middle.memory) > MEMORY_MAY_GROW:
            yield f"memory grew by {growth:.1f} MiB from the middle to the end"
        if after.threads > before.threads + THREADS_MAY_COME or after.files > before.files + FILES_MAY_COME:
            yield f"{after.threads - before.threads} threads and {after.files - before.files} open files came"
        if self.pings.unanswered:
            yield f"{self.pings.unanswered} pings were not answered"
        if self.heard is not None and (held := held_notes(self.heard)):
            yield f"{held} notes did not end at the port"
        if self.failures:
            yield f"{len(self.failures)} internal errors, the first: {self.failures[0][:600]}"
        if self.exit_status:
            yield f"the bridge ended with status {self.exit_status}"


def ons_and_offs(heard: Sequence[LoggedMessage]) -> tuple[int, int]:
    """How many note-ons and note-offs were heard."""
    ons = sum(one.is_note_on for one in heard)
    return ons, sum(one.message[0] & 0xE0 == 0x80 for one in heard) - ons


def held_notes(heard: Sequence[LoggedMessage]) -> int:
    """How many note-ons more than note-offs, or the other way round, by channel and pitch."""
    balance: Counter[tuple[int, int]] = Counter()
    for one in heard:
        if one.message[0] & 0xE0 == 0x80:
            balance[one.message[0] & 0x0F, one.message[1]] += 1 if one.is_note_on else -1
    return sum(map(abs, balance.values()))
