"""The song of a soak: a host that changes its mind and remembers its whole course, so that its notes can be judged."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

from bridge.clocks.transport import BeatReference, change_tempo, start_song


@dataclass(frozen=True, slots=True)
class Course:
    """How the song goes from `reference.at` on. Within one `lap` it only moves on, and one stream plays to it."""

    reference: BeatReference
    playing: bool
    lap: int
    lap_began: float  # clock second
    streams: bool = True  # where none does, what the musician asks for is heard once by itself


class RememberedSong:
    """Plays from beat 0 on. Times are clock seconds, each call's at or after the one before."""

    def __init__(self, bpm: float, at: float) -> None:
        self.courses = [Course(start_song(bpm, at), True, 0, at)]

    @property
    def lap(self) -> int:
        return self.courses[-1].lap

    def beat_at(self, at: float) -> float:
        """The song position now: `at` or later than all that has happened."""
        course = self.courses[-1]
        return course.reference.beat_at(at) if course.playing else course.reference.beat

    def told(self, at: float) -> tuple[float, float, int]:
        """Beat, quarter notes a minute, and whether it plays: what a host says of itself."""
        course = self.courses[-1]
        return self.beat_at(at), 60.0 / course.reference.seconds_per_beat, int(course.playing)

    def go_at(self, bpm: float, at: float) -> None:
        """Another tempo from here; the lap goes on."""
        course = self.courses[-1]
        self.courses.append(replace(course, reference=change_tempo(course.reference, bpm, at)))

    def locate(self, beat: float, at: float) -> None:
        """The song jumps."""
        self._new_lap(at, beat, self.courses[-1].playing)

    def stop(self, at: float) -> None:
        """The song stands still where it is. The reverse of play."""
        self._new_lap(at, self.beat_at(at), False)

    def play(self, at: float) -> None:
        """The song goes on from where it stands. The reverse of stop."""
        self._new_lap(at, self.beat_at(at), True)

    def turn(self, at: float, streams: bool) -> None:
        """The song goes on as it did, but another stream plays to it, or none."""
        self._new_lap(at, self.beat_at(at), self.courses[-1].playing, streams)

    def course_at(self, at: float) -> Course:
        """How the song went at a time; before it began, as it began."""
        return self.courses[max(0, bisect_right(self.courses, at, key=lambda course: course.reference.at) - 1)]

    def time_of(self, lap: int, beat: float) -> float:
        """The clock second at which a lap came to a song position."""
        of_it = [course.reference for course in self.courses if course.lap == lap]
        return next((one for one in reversed(of_it) if one.beat <= beat), of_it[0]).time_of(beat)

    def _new_lap(self, at: float, beat: float, playing: bool, streams: bool | None = None) -> None:
        """`streams`: None: as before."""
        before = self.courses[-1]
        reference = BeatReference(beat, before.reference.seconds_per_beat, at)
        self.courses.append(
            Course(reference, playing, self.lap + 1, at, before.streams if streams is None else streams)
        )
