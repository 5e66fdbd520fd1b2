"""What killing a bridge again and again came to, and what was promised of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Kills:
    """What all kills came to."""

    kills: int = 0
    early: int = 0  # before the bridge answered
    acknowledged: int = 0  # changes
    refused: Counter[str] = field(default_factory=Counter)  # changes, by the protocol's code
    in_doubt: int = 0  # changes that were asked for when the kill came
    done_in_doubt: int = 0  # of them those that were made
    verdicts: list[str] = field(default_factory=list)  # of databases that are not whole
    missing: list[str] = field(default_factory=list)
    moved_aside: list[str] = field(default_factory=list)
    with_notes: int = 0  # restarts that found notes sounding
    stuck: int = 0  # of them those after which these notes still sounded
    slowest_start: float = 0.0  # seconds, after a kill

    def faults(self) -> Iterator[str]:
        """Each promise that was not kept."""
        if self.missing:
            yield f"otherwise than acknowledged: {', '.join(self.missing[:5])} ({len(self.missing)} in all)"
        if self.verdicts:
            yield f"{len(self.verdicts)} databases that are not whole: {self.verdicts[0]}"
        if self.moved_aside:
            yield f"moved aside as damaged: {', '.join(self.moved_aside)}"
        if self.refused:
            yield f"refused: {dict(self.refused)}"
        if self.stuck:
            yield f"{self.stuck} of {self.with_notes} restarts that found notes sounding left them so"


def report(kills: Kills, seconds: float) -> Iterator[str]:
    """The figures, a line each."""
    yield f"kills: {kills.kills} in {seconds:.0f} s, {kills.early} of them while the bridge started"
    yield f"changes: {kills.acknowledged:,} acknowledged, {len(kills.missing)} of them missing"
    yield f"  on their way when the kill came: {kills.in_doubt}, {kills.done_in_doubt} of them made"
    yield f"databases: {len(kills.verdicts)} not whole, {len(kills.moved_aside)} moved aside"
    yield f"restarts that found notes sounding: {kills.with_notes}, {kills.stuck} of them left them so"
    yield f"the slowest start after a kill: {kills.slowest_start:.2f} s"
