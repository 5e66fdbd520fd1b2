"""Random evenings against a model that keeps plain sets: whatever is asked for, the wire stays in order.

All times are multiples of 1/64 second and all tempi powers of two, so that both sides agree on which of two is earlier.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bridge.clocks.transport import BeatReference
from bridge.midi.note_schedule import ENTER_LATE_SECONDS, ENTER_LATE_SHARE, GRACE_SECONDS, NoteSchedule
from bridge.midi.notes import BeatNote, Fallback, NoteEvent, TimedNote

BAR = 4.0
SECONDS = BeatReference(0.0, 1.0, 0.0)

Place = tuple[int, int]  # channel, pitch
# Where a note is and how long it lasts, in quarters of a beat; few places, so that notes meet.
shapes = st.lists(
    st.tuples(st.integers(-2, 15), st.integers(1, 24), st.integers(0, 1), st.integers(60, 61)), max_size=4
)
bars = st.integers(0, 5)
moments = st.integers(0, 64).map(lambda n: n / 64)


@dataclass(frozen=True)
class Waiting:
    """A note that has still to sound; `id` is the velocity by which it is known on the wire."""

    id: int
    bar: int | None
    on: float
    off: float
    place: Place

    def later(self, beats: float, bar: int) -> Waiting:
        return replace(self, on=self.on + beats, off=self.off + beats, bar=bar)


@dataclass
class Sounding:
    """A note that sounds, and where it ends: in beats of the song, or in seconds."""

    bar: int | None
    off: float
    in_beats: bool


def may_enter(on: float, off: float, now: float) -> bool:
    late, left = now - on, off - now
    long_enough = late <= (off - on) * ENTER_LATE_SHARE and left >= ENTER_LATE_SECONDS
    return left > 0 and (late <= GRACE_SECONDS or long_enough)


class Evening(RuleBasedStateMachine):
    """A schedule, and next to it what should be true of it."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule = NoteSchedule()
        self.now = 0.0
        self.song: BeatReference | None = None
        self.song_since = 0.0
        self.waiting: list[Waiting] = []
        self.there: set[int] = set()
        self.fallback: tuple[list[int], list[Waiting]] | None = None  # keys to come, notes where they stand first
        self.shift = 0.0
        self.sounding: dict[Place, Sounding] = {}
        self.ids = 0
        self.on_count = self.off_count = self.dropped = 0
        self.due_now: list[Waiting] = []
        self.overtaken: list[Waiting] = []  # due before a repetition took the place of their bar

    # The model.

    def time_of(self, waiting: Waiting, end: bool = False) -> float | None:
        place = waiting.off if end else waiting.on
        if waiting.bar is None:
            return place
        return None if self.song is None else self.song.time_of(place)

    def end_of(self, held: Sounding) -> float:
        line = self.song if held.in_beats else SECONDS
        assert line is not None
        return line.time_of(held.off)

    def enters(self, note: Waiting, now: float) -> bool:
        on, off = self.time_of(note), self.time_of(note, end=True)
        assert on is not None
        assert off is not None
        return may_enter(on, off, now)

    def was_to_sound(self, note: Waiting) -> bool:
        """Not left behind where the song began or jumped."""
        on = self.time_of(note)
        return note.bar is None or (on is not None and on >= self.song_since)

    def is_due(self, note: Waiting) -> bool:
        on = self.time_of(note)
        return on is not None and on <= self.now

    def begin_repetitions(self) -> None:
        while self.fallback is not None:
            keys, notes = self.fallback
            if keys and keys[0] in self.there:
                self.fallback, self.shift = (keys[1:], notes), self.shift + BAR
                continue
            if not keys or not notes:
                return
            repeated = [note.later(self.shift, keys[0]) for note in notes]
            first = min(repeated, key=lambda note: note.on)
            if not self.is_due(first):
                return
            begins = self.time_of(first) or 0.0
            before = [note for note in self.waiting if note.bar == keys[0]]
            self.overtaken += [note for note in before if (self.time_of(note) or 0.0) < begins]
            self.waiting = [note for note in self.waiting if note.bar != keys[0]] + repeated
            self.fallback, self.shift = (keys[1:], notes), self.shift + BAR

    def hear(self, events: Iterable[NoteEvent]) -> None:
        """Takes note of what went over the wire."""
        for event in events:
            place = (event.channel, event.pitch)
            if event.velocity:
                assert place not in self.sounding, "a note-on while the same note sounds"
                note = next(one for one in self.due_now if one.id == event.velocity and one.place == place)
                self.due_now.remove(note)
                self.sounding[place] = Sounding(note.bar, note.off, note.bar is not None)
                self.on_count += 1
            else:
                assert place in self.sounding, "a note-off for a note that does not sound"
                del self.sounding[place]
                self.off_count += 1

    def listen(self) -> None:
        """What is due now, all at once."""
        self.begin_repetitions()
        due = [*self.overtaken, *(note for note in self.waiting if self.is_due(note))]
        self.overtaken = []
        self.waiting = [note for note in self.waiting if not self.is_due(note)]
        self.due_now = [note for note in due if self.enters(note, self.now)]
        self.dropped += sum(not self.enters(note, self.now) and self.was_to_sound(note) for note in due)
        events = self.schedule.due(self.now)
        self.check_times(events)
        self.hear(events)
        assert not self.due_now, f"notes that are due did not sound: {self.due_now}"
        assert self.schedule.counts.dropped == self.dropped
        for place, held in self.sounding.items():
            assert self.end_of(held) > self.now, f"{place} sounds past its end"
        following_time = self.schedule.next_time()
        assert following_time is None or following_time > self.now

    def check_times(self, events: list[NoteEvent]) -> None:
        """Each message at its own time: note-ons where they begin, note-offs where they end or the next one begins."""
        begins = {note.id: self.time_of(note) or 0.0 for note in self.due_now}
        ends = {place: self.end_of(held) for place, held in self.sounding.items()}
        own_ends = {note.id: self.time_of(note, end=True) or 0.0 for note in self.due_now}
        times = []
        for event, following in zip(events, [*events, None][1:], strict=True):
            place = (event.channel, event.pitch)
            if event.velocity:
                times.append(begins[event.velocity])
                ends[place] = own_ends[event.velocity]
            elif following is not None and following.velocity and (following.channel, following.pitch) == place:
                times.append(min(ends.pop(place), begins[following.velocity]))
            else:
                times.append(ends.pop(place))
        assert times == sorted(times), "messages out of the order of their times"
        assert all(time <= self.now for time in times), "a message before its time"

    def number(self, shapes: list[tuple[int, int, int, int]], bar: int | None, start: float) -> list[Waiting]:
        notes = []
        for on, length, channel, pitch in shapes:
            self.ids = self.ids % 127 + 1
            begin = start + on / 4
            notes.append(Waiting(self.ids, bar, begin, begin + length / 4, (channel, pitch)))
        return notes

    # What may happen.

    @initialize(known=st.integers(0, 3))
    def begin(self, known: int) -> None:
        if known:
            self.song = BeatReference(0.0, 0.5, 0.0)
            self.schedule.set_song(self.song, 0.0)

    @rule(shapes=shapes)
    def play(self, shapes: list[tuple[int, int, int, int]]) -> None:
        notes = self.number(shapes, None, self.now)
        self.waiting += notes
        self.schedule.play([TimedNote(n.on, n.off, *n.place, n.id) for n in notes])

    @rule(shapes=shapes, length=st.integers(1, 24))
    def play_the_bar_that_sounds(self, shapes: list[tuple[int, int, int, int]], length: int) -> None:
        """With new notes, and with those that sound, but as long as this."""
        bar = 0 if self.song is None else int(self.song.beat_at(self.now) // BAR)
        held_on = [(0, length, *place) for place, held in self.sounding.items() if held.bar == bar]
        self.play_bar(bar, [*held_on, *shapes], 0)

    @rule(bar=bars, shapes=shapes, fallback=st.sampled_from([0, 1, 3]))
    def play_bar(self, bar: int, shapes: list[tuple[int, int, int, int]], fallback: int) -> None:
        notes = self.number(shapes, bar, BAR * bar)
        keys = tuple(range(bar + 1, bar + 1 + fallback))
        given = [BeatNote(n.on, n.off, *n.place, n.id) for n in notes]
        self.schedule.play_bar(bar, given, self.now, Fallback(keys, BAR) if keys else None)
        replaced = bar in self.there
        self.there.add(bar)
        if keys:
            self.fallback, self.shift = (list(keys), notes), BAR
        self.waiting = [note for note in self.waiting if note.bar != bar]
        for note in sorted(notes, key=lambda note: note.on):
            on, off = self.time_of(note), self.time_of(note, end=True)
            if on is None or off is None or on >= self.now:
                self.waiting.append(note)
                continue
            held = self.sounding.get(note.place)
            if held is not None and off > self.now and self.end_of(held) > self.now:
                if held.bar == bar or off > self.end_of(held):
                    held.off, held.in_beats = note.off, True
            elif not replaced or self.enters(note, self.now):
                self.waiting.append(note)

    @rule(interrupt=st.sampled_from(["drop", "silence", "jump"]), data=st.data())
    def interrupt(self, interrupt: str, data: st.DataObject) -> None:
        if interrupt == "drop":
            self.drop(data.draw(st.one_of(st.none(), st.sets(bars, max_size=3))), data.draw(st.booleans()))
        elif interrupt == "jump":
            self.jump(data.draw(bars.map(lambda bar: BAR * bar)))
        else:
            self.silence()

    def drop(self, keys: set[int] | None, ring: bool) -> None:
        def is_meant(bar: int | None) -> bool:
            return bar is not None and (keys is None or bar in keys)

        ended = self.schedule.drop(keys, ring)
        places = {place for place, held in self.sounding.items() if is_meant(held.bar)}
        assert {(event.channel, event.pitch) for event in ended} == (set() if ring else places)
        self.hear(ended)
        self.waiting = [note for note in self.waiting if not is_meant(note.bar)]
        self.there = {bar for bar in self.there if not is_meant(bar)}
        self.fallback = None

    def silence(self) -> None:
        self.hear(self.schedule.silence(self.now))
        self.song_since = self.now
        assert not self.sounding
        assert self.schedule.next_time() is None
        self.waiting, self.there, self.fallback = [], set(), None

    @rule(seconds_per_beat=st.sampled_from([0.25, 0.5, 1.0]), moved=st.integers(-3, 3).map(lambda n: n / 64))
    def change_tempo(self, seconds_per_beat: float, moved: float) -> None:
        """The song goes on at another tempo, and is set right by a little."""
        beat = 0.0 if self.song is None else self.song.beat_at(self.now)
        self.song_since = self.now if self.song is None else self.song_since
        self.song = BeatReference(beat + moved, seconds_per_beat, self.now)
        self.schedule.set_song(self.song, self.now)

    def jump(self, beat: float) -> None:
        before = self.song
        self.song = BeatReference(beat, 0.5, self.now)
        self.schedule.set_song(self.song, self.now)
        if before is None:
            self.song_since = self.now
        elif abs(beat - before.beat_at(self.now)) > 1.0:
            self.song_since = self.now
            for held in self.sounding.values():
                if held.in_beats:
                    held.off, held.in_beats = before.time_of(held.off), False

    @rule(seconds=moments)
    def pass_time(self, seconds: float) -> None:
        """The thread wakes at each note."""
        end = self.now + seconds
        while (time := self.schedule.next_time()) is not None and time <= end:
            self.now = max(self.now, time)
            self.listen()
        self.now = end
        self.listen()

    @rule(seconds=moments)
    def stall(self, seconds: float) -> None:
        """The thread wakes only at the end."""
        self.now += seconds
        self.listen()

    @rule(seconds=st.integers(1, 4).map(lambda n: n / 64))
    def fall_behind(self, seconds: float) -> None:
        """Something else happens before the thread wakes."""
        self.now += seconds

    @invariant()
    def every_note_on_has_its_note_off(self) -> None:
        assert self.on_count == self.off_count + len(self.sounding)

    def teardown(self) -> None:
        self.now += 1000.0
        self.listen()
        assert not self.sounding, "a note without its note-off"
        assert self.on_count == self.off_count


TestEvening = Evening.TestCase
TestEvening.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
