"""A stream as one client gets it: bars made whole again from their messages, and how long before its time each came."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from bridge.clock import now
from bridge.doors.address import Address
from bridge.doors.client import BridgeClient, NoAnswer, bar_notes
from bridge.pianoroll import Note
from bridge.protocol.osc_packet import OscMessage

Notes = tuple[tuple[Note, ...], ...]  # a tuple a track

STREAM_ID = 1_000_000  # above the numbers that BridgeClient gives by itself
PING_EVERY = 5.0  # seconds; a client that says nothing for 15 is forgotten
NOTES_A_MESSAGE = 48


@dataclass(frozen=True, slots=True)
class StreamedBar:
    """A bar that came whole. `bar` is that of the phrase, `start` its place in the song, in quarter notes."""

    start: float
    bar: int
    notes: Notes
    at: float  # clock seconds, of its last message
    ahead: float  # seconds before its time; negative: after it
    forgiven: bool  # nobody could have known of it in time

    @property
    def is_late(self) -> bool:
        return self.ahead < 0.0 and not self.forgiven


def places(bars: Sequence[StreamedBar]) -> list[StreamedBar]:
    """The bars as they come to sound: of one that was sent anew, the last."""
    pairs = zip(bars, [*bars[1:], None], strict=True)
    return [bar for bar, after in pairs if after is None or after.start != bar.start]


class BarAssembler:
    """Takes a stream's /mai/bar messages, in order. What does not make a whole bar is written down in `torn`."""

    def __init__(self, tracks: int) -> None:
        self._tracks = tracks
        self._place: tuple[float, int] | None = None  # start and bar of the one that is not whole yet
        self._notes: list[list[Note]] = []
        self._parts_left = 0
        self.torn: list[str] = []

    def take(self, message: OscMessage) -> tuple[float, int, Notes] | None:
        """Start, bar and notes of the bar that this message completes."""
        bar, track, notes = bar_notes(message)
        part, parts, start = int(message.arguments[3]), int(message.arguments[4]), float(message.arguments[5])
        came = f"part {part} of {parts} of track {track} of bar {bar} at beat {start:g} with {len(notes)} notes"
        if self._place is None:
            self._place, self._notes, self._parts_left = (start, bar), [], 0
        first_of_next = self._parts_left == 0 and track == len(self._notes) and part == 0
        next_part = self._parts_left > 0 and track == len(self._notes) - 1 and part == parts - self._parts_left
        if self._place != (start, bar) or not (first_of_next or next_part) or len(notes) > NOTES_A_MESSAGE:
            self.torn.append(f"{came} came in the middle of bar {self._place}, after {len(self._notes)} tracks")
            self._place = None
            return None
        if first_of_next:
            self._notes.append([])
            self._parts_left = parts
        self._notes[-1] += notes
        self._parts_left -= 1
        if self._parts_left or len(self._notes) < self._tracks:
            return None
        self._place = None
        return start, bar, tuple(map(tuple, self._notes))


@dataclass
class StreamListener:
    """A client that starts the stream and gathers it in a thread of its own.

    `ahead` tells how many seconds are left until a song position, and whether that may be negative now.
    """

    bridge: Address
    ahead: Callable[[float], tuple[float, bool]]
    bars: list[StreamedBar] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._client = BridgeClient(self.bridge)
        self._came = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def __enter__(self) -> StreamListener:
        welcome = self._client.request("/mai/hello", "listener", 0)[0]
        self._assembler = BarAssembler(len(welcome.arguments) - 7)
        self.torn = self._assembler.torn
        self._client.send("/mai/stream/start", STREAM_ID)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The stream stops."""
        self._stopping.set()
        self._thread.join()
        self._client.request("/mai/stream/stop")
        self._client.request("/mai/bye")
        self._client.close()

    def wait_until(self, true_of: Callable[[list[StreamedBar]], bool], seconds: float = 20.0) -> None:
        """Until something is true of the bars that came. AssertionError when it does not become so."""
        came = self._heard(lambda: true_of(self.bars), seconds)
        assert came, f"not within {seconds:g} s; {len(self.bars)} bars came, the last of them {self.bars[-1:]}"

    def is_quiet(self, seconds: float) -> bool:
        """Whether no bar comes in the next seconds."""
        before = len(self.bars)
        return not self._heard(lambda: len(self.bars) > before, seconds)

    def listen(self, seconds: float) -> None:
        """Goes on for a while."""
        self._heard(lambda: False, seconds)

    def _heard(self, true: Callable[[], bool], seconds: float) -> bool:
        with self._came:
            return self._came.wait_for(true, seconds)

    def _run(self) -> None:
        pinged_at = now()
        while not self._stopping.is_set():
            try:
                for message in self._client.receive(0.1):
                    self._take(message)
                    if self._stopping.is_set() or now() - pinged_at > PING_EVERY:
                        break
            except NoAnswer:  # the bridge is gone; what came before counts
                return
            if now() - pinged_at > PING_EVERY:
                self._client.send("/mai/ping", STREAM_ID + 1)
                pinged_at = now()

    def _take(self, message: OscMessage) -> None:
        if message.address != "/mai/bar" or message.arguments[0] != STREAM_ID:
            return
        at = now()
        ahead, forgiven = self.ahead(float(message.arguments[5]))
        whole = self._assembler.take(message)
        if whole is not None:
            with self._came:
                self.bars.append(StreamedBar(*whole, at, ahead, forgiven))
                self._came.notify_all()
