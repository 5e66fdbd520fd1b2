"""What every clock source is to the scheduler: something that tells the song. Which of them tells it is a setting."""

from __future__ import annotations

from typing import Protocol

from bridge.clocks.song import Song


class ClockSource(Protocol):
    """A clock source. `song` and `notice` may be called from any thread and never raise or wait."""

    name: str  # as the setting `clock` calls it: transport, midi, link or internal

    def song(self, now: float) -> Song:
        """The song as it is known at clock second `now`. Two tellings are compared with change_between."""
        ...

    def notice(self, now: float) -> str | None:
        """One sentence when nothing comes from the source (the song goes on as it was), None while it speaks."""
        ...
