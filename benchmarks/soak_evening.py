"""What happens in a soak: a host that plays and changes its mind, and a musician who presses things, in one thread."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.soak_notes import StreamedNotes
from benchmarks.soak_song import RememberedSong
from bridge.clock import now
from bridge.doors.address import Address
from bridge.doors.client import BridgeClient, bar_notes
from bridge.protocol.osc_packet import OscMessage
from bridge.protocol.requests import closes, closing_answer

Words = tuple[str, *tuple[str | int | float, ...]]  # a request without its id: address, arguments

TELL_EVERY = 0.05  # seconds, of the host
ACT_EVERY = 3.0  # seconds, of the musician, who asks one thing a tell
SLOWEST, FASTEST = 112.0, 128.0
NAMES = tuple(f"soak {number}" for number in range(16))
_OTHERS_ID, _STREAM_ID = 1, 1_000_000


def save_names(client: BridgeClient) -> None:
    """The latents that the musician goes between."""
    for seed, name in enumerate(NAMES):
        client.request("/mai/generate", seed)
        client.request("/mai/latent/save", name)


def _morphs(rng: Random, _tracks: int) -> list[Words]:
    one, other = rng.sample(NAMES, 2)
    return [("/mai/morph", one, 1.0 - step / 30, other, step / 30) for step in range(1, 31)]


def _track_morphs(rng: Random, tracks: int) -> list[Words]:
    one, other = rng.sample(NAMES, 2)
    track = rng.randrange(tracks)
    return [("/mai/morph/track", track, one, 1.0 - step / 10, other, step / 10) for step in range(1, 11)]


def _locked_press(rng: Random, tracks: int) -> list[Words]:
    track = rng.randrange(tracks)
    return [("/mai/lock", track, 1), ("/mai/generate", rng.randrange(2**31)), ("/mai/lock", track, 0)]


def _mute(rng: Random, tracks: int) -> list[Words]:
    """A track that falls silent for a second."""
    name = f"density/{rng.randrange(tracks)}"
    return [("/mai/set", name, 0.0), *[("/mai/ping",)] * 20, ("/mai/set", name, -1.0)]


def _moving_bars(rng: Random, _tracks: int) -> list[Words]:
    mode, glide = rng.choice(("loop", "loop", "wander")), rng.choice((0.0, 0.0, 4.0))
    return [("/mai/set", "stream_mode", mode), ("/mai/set", "morph_glide", glide)]


# What the musician does, and how often of a hundred times.
PRESSES: tuple[tuple[int, Callable[[Random, int], list[Words]]], ...] = (
    (20, _morphs),
    (8, _track_morphs),
    (12, lambda rng, _: [("/mai/generate", rng.randrange(2**31))]),
    (12, lambda rng, tracks: [("/mai/regenerate", rng.randrange(tracks), rng.randrange(4), rng.randrange(2**31))]),
    (6, lambda rng, _: [("/mai/regenerate", -1, -1, rng.randrange(2**31))]),
    (8, lambda rng, _: [("/mai/latent/save", rng.choice(NAMES))]),
    (12, lambda rng, _: [("/mai/latent/recall", rng.choice(NAMES))]),
    (6, _locked_press),
    (6, _mute),
    (5, lambda _rng, _tracks: [("/mai/history/undo",), ("/mai/history/redo",)]),
    (3, _moving_bars),
    (2, lambda rng, _: [("/mai/latent/list",), ("/mai/latent/get", rng.choice(NAMES)), ("/mai/status",)]),
)


@dataclass
class _Habit:
    """What happens every so many seconds, and when next, in clock seconds."""

    every: float
    what: Callable[[float], None]
    due: float


class Evening:
    """One thread plays it, a tell at a time. `pace`: how many times as often things happen."""

    def __init__(self, bridge: Address, channels: Sequence[int], seed: int, pace: float = 1.0) -> None:
        self.song = RememberedSong(120.0, now())
        self.streamed = StreamedNotes()
        self.happened: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()  # requests that were answered with an error, by its code
        self._host, self._musician = BridgeClient(bridge), BridgeClient(bridge)
        self._channels, self._rng = tuple(channels), Random(seed)
        self._words: deque[Words] = deque()
        self._open: dict[int, str] = {}  # requests by id, and the address that closes them
        self._last_id, self._stream_id = _OTHERS_ID, _STREAM_ID
        self._silent_until = self._back_at = 0.0
        self._streams = False
        # Each what, every so many seconds; primes, so that everything meets everything.
        times: tuple[tuple[float, Callable[[float], None]], ...] = (
            (ACT_EVERY, self._press),
            (37.0, self._tempo),
            (101.0, self._locate),
            (211.0, self._stop),
            (307.0, self._restart),
            (593.0, self._fall_silent),
            (613.0, self._panic),
        )
        self._habits = [_Habit(every / pace, what, now() + every / pace) for every, what in times]

    @property
    def unanswered(self) -> int:
        return len(self._open)

    def begin(self) -> None:
        """The host plays, then the stream begins."""
        self.song = RememberedSong(120.0, now())
        self._tell()
        self._ask("/mai/hello", "soak", 0)
        self._start()

    def play(self, seconds: float) -> None:
        """Goes on for a while."""
        end = now() + seconds
        while now() < end:
            told = now()
            self._tell()
            if self._words:
                self._ask(*self._words.popleft())
            self._do_what_is_due(told)
            self._listen(max(0.001, told + TELL_EVERY - now()))

    def end(self) -> float:
        """Stream and host stop. Returns the clock second from which on nothing should begin."""
        while self._words:
            self._ask(*self._words.popleft())
        ended = now()
        self._ask("/mai/stream/stop")
        self.song.stop(ended)
        self._silent_until = 0.0
        self._tell()
        self._listen(2.0)
        for client in (self._host, self._musician):
            client.close()
        return ended

    def _do_what_is_due(self, at: float) -> None:
        for habit in self._habits:
            if at >= habit.due:
                habit.due = at + habit.every
                habit.what(at)
                self.happened[habit.what.__name__.strip("_")] += 1
        if self._back_at and at >= self._back_at:
            self._back_at = 0.0
            if not self.song.courses[-1].playing:
                self.song.play(now())
                self._tell()
            if not self._streams:
                self._start()

    def _press(self, _at: float) -> None:
        if not self._words:
            weights, presses = zip(*PRESSES, strict=True)
            (press,) = self._rng.choices(presses, weights)
            self._words.extend(press(self._rng, len(self._channels)))

    def _tempo(self, at: float) -> None:
        if not self._is_silent(at) and self.song.courses[-1].playing:
            self.song.go_at(self._rng.uniform(SLOWEST, FASTEST), now())
            self._tell()

    def _locate(self, at: float) -> None:
        if not self._is_silent(at):
            beat = self.song.beat_at(at)
            self.song.locate(max(0.0, beat + self._rng.choice((-16.0, -32.0, 16.0, 0.37))), now())
            self._tell()

    def _stop(self, at: float) -> None:
        if not self._is_silent(at):
            self.song.stop(now())
            self._tell()
            self._back_at = at + 2.0

    def _restart(self, at: float) -> None:
        self._end_stream("/mai/stream/stop", at)

    def _panic(self, at: float) -> None:
        self._end_stream("/mai/panic", at)

    def _fall_silent(self, at: float) -> None:
        """The host says nothing for longer than a client is remembered; the band plays on."""
        if self.song.courses[-1].playing:
            self._silent_until = at + 20.0

    def _end_stream(self, address: str, at: float) -> None:
        self.song.turn(now(), streams=False)
        self._ask(address)
        self._streams = False
        self._back_at = at + 1.0

    def _start(self) -> None:
        self._stream_id += 1
        self._streams = True
        self.song.turn(now(), streams=True)
        self._musician.send("/mai/stream/start", self._stream_id)
        self._open[self._stream_id] = "/mai/done"

    def _is_silent(self, at: float) -> bool:
        return at < self._silent_until

    def _tell(self) -> None:
        at = now()
        if not self._is_silent(at):
            self._host.send("/mai/transport", *self.song.told(at))

    def _ask(self, address: str, *arguments: str | int | float) -> None:
        self._last_id += 1
        closing = closing_answer(OscMessage(address, (self._last_id, *arguments)))
        if closing is not None:
            self._open[self._last_id] = closing
        self._musician.send(address, self._last_id, *arguments)

    def _listen(self, seconds: float) -> None:
        for message in self._musician.receive(seconds):
            number = message.arguments[0] if message.arguments else None
            if message.address == "/mai/bar":
                if number == self._stream_id:
                    self._take_bar(message)
            elif isinstance(number, int) and number in self._open:
                if message.address == "/mai/error":
                    self.refused[str(message.arguments[2])] += 1
                    del self._open[number]
                elif closes(message, self._open[number]):
                    del self._open[number]

    def _take_bar(self, message: OscMessage) -> None:
        _, track, notes = bar_notes(message)
        part, start = int(message.arguments[3]), float(message.arguments[5])
        self.streamed.take(self.song.lap, start, track, self._channels[track], part, notes, now())
