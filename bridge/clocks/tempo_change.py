"""What a change of tempo explains, when only the tempi at two moments are known."""

from __future__ import annotations


def explained_by_tempo(ahead: float, seconds: float, before: float, after: float) -> float:
    """The part of `ahead`, in beats, that a change of tempo within the last `seconds` can have brought about.

    `ahead` is how far a song is ahead of where the old tempo would have brought it (negative: behind), `before` and
    `after` are in seconds a beat. The change may have been a step at any moment, or a ramp.
    """
    at_most = seconds * (1.0 / after - 1.0 / before)
    return min(max(ahead, min(0.0, at_most)), max(0.0, at_most))
