"""Which of several hosts leads the song: two DAWs that are open at once must not pull it to and fro."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

MOST_OTHERS = 64  # hosts that are not followed and remembered
LONGEST_NAME = 40  # that is shown


@dataclass(frozen=True, slots=True)
class Host:
    """Who says where its song is. All its messages have the same `id`, or at least the same `source`."""

    id: Hashable
    source: Hashable
    name: str | None  # what its client calls itself; None: it never said hello, so nobody hears it leave

    def __str__(self) -> str:
        return (self.name or "a program that said no hello")[:LONGEST_NAME]

    def is_same(self, other: Host) -> bool:
        return self.id == other.id or self.source == other.source


class Lead:
    """The first host that speaks leads. Another takes over by being started while the leader stands still, or by
    speaking when the leader has gone: was forgotten, or has fallen silent while it played.

    One that plays already when the leader stops does not take over: whoever presses stop wants silence.
    """

    def __init__(self, patience_seconds: float) -> None:
        """`patience_seconds`: a leader that plays may be silent for as long."""
        self._patience = patience_seconds
        self._leader: Host | None = None  # also after it has gone
        self._is_gone = False
        self._plays = False
        self._heard_at = 0.0  # clock second
        self._others: dict[Hashable, bool] = {}  # by id, whether they play
        self._told: set[Hashable] = set()  # of the others, that another leads

    @property
    def leader(self) -> Host | None:
        """Who leads; None: nobody has spoken yet, or the leader has gone."""
        return None if self._is_gone else self._leader

    def goes_to(self, host: Host, playing: bool, now: float) -> bool:
        """Whether the song follows this message."""
        leader = self.leader
        if leader is None or leader.is_same(host):
            return True
        if self._plays:
            return now - self._heard_at > self._patience
        return playing and not self._others.get(host.id, False)

    def hear(self, host: Host, playing: bool, now: float, tells: bool = True) -> str | None:
        """Take a message. If it `tells`, returns a sentence when the lead changes, and once for each host that is not
        followed."""
        old, was_lost = self._leader, self._is_gone or self._plays
        if not self.goes_to(host, playing, now):
            assert old is not None
            self._remember(host, playing)
            return self._tell(old, host) if tells else None
        self._leader, self._is_gone, self._plays, self._heard_at = host, False, playing, now
        self._others.pop(host.id, None)
        if old is None or old.is_same(host):
            return None
        self._told.clear()
        if was_lost:
            return f"{host} leads the song now" if tells and str(old) != str(host) else None
        self._remember(old, playing=False)
        return self._tell(host, old) if tells else None

    def forget_leader(self) -> None:
        """The leader has gone: the next that speaks leads."""
        self._is_gone = True

    def _tell(self, leader: Host, other: Host) -> str | None:
        # Of one name, as five devices in one Live are, they are one host to the musician: no word would help him.
        if other.id in self._told or str(leader) == str(other):
            return None
        self._told.add(other.id)
        return f"{leader} leads the song: {other} is not followed until it is started while {leader} stands still"

    def _remember(self, host: Host, playing: bool) -> None:
        self._others[host.id] = playing
        while len(self._others) > MOST_OTHERS:
            oldest = next(iter(self._others))
            del self._others[oldest]
            self._told.discard(oldest)
