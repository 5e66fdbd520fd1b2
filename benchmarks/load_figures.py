"""What a crowd of clients found, and what was promised of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

FAIR_SHARE = 0.9  # of the median's answers: who got fewest has at least so many
GROWTH_PROMISED = 0.03  # of the memory, second half against first
BACK_WITHIN_SECONDS = 1.0  # of the last answer, to a ping: the bridge has caught up
JUDGED_FROM_SECONDS = 60.0  # a shorter run says nothing of growth: caches fill

_PERCENTILES = (50, 99, 100)


@dataclass(frozen=True, slots=True)
class LoadLook:
    """The bridge at one moment: MB resident, threads, descriptors, and bytes that wait at its port."""

    seconds: float
    memory: float
    threads: int
    files: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Share:
    """What became of one client's requests."""

    sent: int
    done: int
    refused: Counter[str]  # by the protocol's code
    unanswered: int

    @property
    def answered(self) -> int:
        return self.done + self.refused.total()


@dataclass(frozen=True, slots=True)
class Load:
    """A run of the crowd."""

    seconds: float
    shares: Sequence[Share]
    latencies: dict[str, list[float]]  # seconds from request to closing answer, by address
    told: int  # bars and settings that all clients were sent
    lost: (
        int | None
    )  # datagrams that the system dropped, at the bridge's port and at the clients'; None: it does not tell
    looks: Sequence[LoadLook]
    status: dict[str, Any]  # the bridge's own, at the end
    last_ping: float  # seconds, after the run
    exit_status: int

    @property
    def sent(self) -> int:
        return sum(share.sent for share in self.shares)

    @property
    def unanswered(self) -> int:
        return sum(share.unanswered for share in self.shares)

    @property
    def refused(self) -> Counter[str]:
        return sum((share.refused for share in self.shares), Counter())

    def growth(self) -> float:
        """Of the memory, the median of the second half against that of the first; a tenth of the first is left out."""
        memory = [look.memory for look in self.looks[len(self.looks) // 10 :]]
        half = len(memory) // 2
        return median(memory[half:]) / median(memory[:half]) - 1.0 if half else 0.0

    def milliseconds(self, address: str | None = None) -> tuple[float, ...]:
        """p50, p99 and max of an address's answers, or of all."""
        chosen = self.latencies.values() if address is None else [self.latencies.get(address, [])]
        found = [seconds for times in chosen for seconds in times]
        return tuple(float(one) * 1e3 for one in np.percentile(found or [np.nan], _PERCENTILES))

    def faults(self) -> Iterator[str]:
        """Each promise that was not kept."""
        if self.lost is not None and self.unanswered > self.lost:
            yield f"{self.unanswered} requests without an answer, {self.lost} datagrams counted lost"
        answered = [share.answered for share in self.shares]
        if min(answered) < FAIR_SHARE * median(answered):
            yield f"a client got {min(answered)} answers, the median {median(answered):g}"
        other = self.refused.total() - self.refused["busy"]
        if other:
            yield f"{other} requests refused otherwise than as busy: {dict(self.refused)}"
        if self.seconds >= JUDGED_FROM_SECONDS and not self.growth() <= GROWTH_PROMISED:
            yield f"memory grew by {self.growth():.1%}, {GROWTH_PROMISED:.0%} promised"
        if self.last_ping > BACK_WITHIN_SECONDS:
            yield f"a ping after it took {self.last_ping:.2f} s"
        if self.exit_status:
            yield f"the bridge ended with status {self.exit_status}"


def report(load: Load) -> Iterator[str]:
    """The figures, a line each."""
    rate = load.sent / load.seconds
    yield f"{len(load.shares)} clients, {load.sent:,} requests in {load.seconds:.1f} s, {rate:,.0f} a second"
    done = sum(share.done for share in load.shares)
    busy = load.refused["busy"]
    yield f"  carried out: {done:,}; busy: {busy:,}; refused otherwise: {load.refused.total() - busy:,}"
    lost = "the system does not tell" if load.lost is None else f"{load.lost:,}"
    yield f"  unanswered: {load.unanswered:,}; datagrams dropped by the system: {lost}"
    yield f"  bars and settings told to all: {load.told:,} ({load.told / load.seconds:,.0f} a second)"
    answered = sorted(share.answered for share in load.shares)
    carried = sorted(share.done for share in load.shares)
    yield f"answers a client: min {answered[0]:,}, median {median(answered):,g}, max {answered[-1]:,}"
    yield f"  carried out: min {carried[0]:,}, median {median(carried):,g}, max {carried[-1]:,}"
    yield f"{'milliseconds to the answer':<28}{'requests':>10}{'p50':>9}{'p99':>9}{'max':>9}"
    for name in (None, *sorted(load.latencies, key=lambda address: -len(load.latencies[address]))):
        count = sum(map(len, load.latencies.values())) if name is None else len(load.latencies[name])
        figures = "".join(f"{one:>9.2f}" for one in load.milliseconds(name))
        yield f"  {name or 'all':<26}{count:>10,}{figures}"
    first, last = load.looks[0], load.looks[-1]
    most = max(look.memory for look in load.looks)
    yield f"memory: {first.memory:.1f} MB before, {last.memory:.1f} after, {most:.1f} at most"
    yield f"  second half against first: {load.growth():+.2%}"
    yield f"threads {first.threads} and {last.threads}; descriptors {first.files} and {last.files}"
    yield f"waiting at the port: {max(look.waiting for look in load.looks):,} bytes at most"
    if load.status:
        counters, stream = load.status["counters"], load.status["stream"]
        yield f"refused by the bridge: for room {counters['refused_for_room']:,}, otherwise {counters['rejected']:,}"
        yield f"  of these, morphs overtaken: {counters['dropped']:,}; bars late {counters['late']} of {stream['sent']}"
    yield f"a ping after it: {load.last_ping * 1e3:.1f} ms; the bridge ended with status {load.exit_status}"
