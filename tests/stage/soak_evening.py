"""An evening in virtual time: what a host and two clients do to the bridge, and how each note is judged."""

from __future__ import annotations

import gc
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from random import Random

from bridge.contract import ModelContract
from bridge.doors.address import Address
from bridge.library import MAX_UNDO_STEPS, HistoryEntry
from bridge.midi.player import Player
from bridge.protocol.osc_packet import OscMessage
from tests.stage.soak_bridge import VirtualBridge
from tests.stage.soak_ears import CountingPort, Key, Score
from tests.stage.soak_host import LateHost
from tests.stage.soak_presses import PRESSES, SEATS, Words
from tests.stage.soak_world import Agenda

LIVE: Address = ("127.0.0.1", 50001)
PAGE: Address = ("127.0.0.1", 50002)
HOST: Address = ("127.0.0.1", 50003)

BAR_BEATS = 4.0
FORGIVEN_SECONDS = 0.5  # after something that nobody could know of before
LOST_SECONDS = 20.0  # longer than a client is remembered


@dataclass(frozen=True, slots=True)
class Mark:
    """What the process holds while the band rests: Python's blocks of memory, threads, and descriptors (0: the system
    does not say)."""

    blocks: int
    threads: int
    descriptors: int


class Evening:
    """`seconds` of it, with `rests` at equal distances, the last at its end. It runs in the thread of its player."""

    def __init__(self, contract: ModelContract, folder: Path, seconds: float, rests: int, seed: int) -> None:
        self.agenda = Agenda(100.0)
        self.port = CountingPort(self._hear)
        self.player = Player(self.port, now=self.agenda.now, real_time=False)
        self.is_over = False
        self.happened: Counter[str] = Counter()
        self.faults: list[str] = []
        self.bars = 0  # that were streamed in time and heard, note for note
        self.worst_beats = 0.0  # that a note-on was off its place
        self.errors = [[0.0, 0] for _ in range(rests)]  # between two rests: the sum of those, and how many notes
        self.marks: list[Mark] = []
        self._contract, self._folder, self._rng = contract, folder, Random(seed)
        self._between_rests, self._rests = seconds / rests, rests
        self._score = Score([track.channel for track in contract.tracks])
        self._host = LateHost(self.agenda, self._rng, self._tell, self._turn)
        self._bridge: VirtualBridge | None = None
        self._words: deque[Words] = deque()
        self._last_id = 0
        self._streams = self._rests_now = self._live_is_lost = False
        self._lap_began, self._first_line, self._line = self.agenda.now(), 0.0, 0.0

    @property
    def bridge(self) -> VirtualBridge:
        assert self._bridge is not None, "the evening has not begun"
        return self._bridge

    def go_on(self, until: float) -> None:
        if self._bridge is None:
            self._begin()
            return
        due, planned = self._bridge.due, self.agenda.next_time()
        if min(planned, planned if due is None else due) > until:
            self.agenda.time = until
        elif due is not None and due <= planned:
            self.agenda.time = max(self.agenda.time, due)
            self._bridge.work()
        else:
            self.agenda.do_next()

    def _begin(self) -> None:
        library = self._folder / "latents.sqlite"
        self._bridge = VirtualBridge(self._contract, library, self.agenda, self.player, self._take)
        for client, name in ((LIVE, "Live"), (PAGE, "page"), (HOST, "host")):
            self._ask(client, "/mai/hello", name, 0)
        for seed, name in enumerate(SEATS):
            self._ask(LIVE, "/mai/generate", seed)
            self._ask(LIVE, "/mai/latent/save", name)
        history = self._bridge.library.history
        entry = history.current
        assert entry is not None
        for number in range(MAX_UNDO_STEPS):  # as after many evenings: no room for more
            history.push(HistoryEntry(entry.values, entry.model_hash, entry.label, float(number)))
        self._host.play()
        self._start_stream()
        plan: tuple[tuple[float, Callable[[], None]], ...] = (
            (4.9, self._ping),
            (0.23, self._say_the_next),
            (1.1, self._look_at_the_bars),
            (7.3, self._press),
            (31.0, self._change_tempo),
            (67.0, self._seek),
            (127.0, self._stop_the_host),
            (173.0, self._stop_the_stream),
            (401.0, self._panic),
            (283.0, self._loop),
            (331.0, self._lose_the_host),
            (457.0, self._lose_a_client),
        )
        for seconds, what in plan:
            self.agenda.every(seconds, self._counted(what))
        self.agenda.after(self._between_rests, self._rest)

    # What is said and heard

    def _ask(self, source: Address, address: str, *arguments: str | int | float) -> None:
        self._last_id += 1
        self.bridge.hear(source, address, self._last_id, *arguments)

    def _tell(self, beat: float, bpm: float, playing: int) -> None:
        self.bridge.hear(HOST, "/mai/transport", beat, bpm, playing)

    def _take(self, message: OscMessage, receiver: Address) -> None:
        if message.address == "/mai/error":
            self._fault(f"answered {message.arguments}")
        elif receiver == PAGE and message.address == "/mai/bar" and float(message.arguments[5]) >= 0.0:
            self._score.take(message)

    def _hear(self, key: Key) -> None:
        if not self._streams:  # what is pressed then is auditioned
            return
        beat = self._host.beat
        error = self._score.error(key, beat)
        if self.agenda.now() - self._lap_began < FORGIVEN_SECONDS:
            return
        if error is None or abs(error) > 1.0 or not self._host.playing:
            self._fault(f"{key} was heard at beat {beat:.3f}, and not streamed ({error})")
            return
        self.worst_beats = max(self.worst_beats, abs(error))
        sums = self.errors[len(self.marks)]
        sums[0] += error
        sums[1] += 1

    def _look_at_the_bars(self) -> None:
        """Every bar line that the song has come to since the last look."""
        while self._streams and self._host.playing and self._line <= self._host.beat:
            if not self._score.is_whole(self._line):
                self._fault(f"no bar at beat {self._line:g}")
            over = self._line - 2 * BAR_BEATS
            if over >= self._first_line:
                self.bars += 1
                if unheard := self._score.unheard(over):
                    self._fault(f"{unheard} notes of the bar at beat {over:g} were not heard")
            self._line += BAR_BEATS

    def _turn(self) -> None:
        """The song has jumped, begun or ended, or another stream plays to it."""
        self._score.clear()
        self._lap_began = self.agenda.now()
        forgiven = self._host.beat + FORGIVEN_SECONDS * 3.0  # at 180 beats a minute or less
        self._first_line = self._line = ceil(forgiven / BAR_BEATS) * BAR_BEATS

    def _fault(self, what: str) -> None:
        if len(self.faults) < 20:
            self.faults.append(f"{self.agenda.now():.3f}: {what}")

    # What happens

    def _counted(self, what: Callable[[], None]) -> Callable[[], None]:
        def counted() -> None:
            if not self._rests_now:
                self.happened[what.__name__.strip("_")] += 1
                what()

        return counted

    def _ping(self) -> None:
        self._ask(PAGE, "/mai/ping")
        if not self._live_is_lost:
            self._ask(LIVE, "/mai/ping")

    def _say_the_next(self) -> None:
        if self._words and not self._live_is_lost:
            self._ask(LIVE, *self._words.popleft())

    def _press(self) -> None:
        if not self._words:
            self._words.extend(self._rng.choice(PRESSES)(self._rng))

    def _change_tempo(self) -> None:
        if not (self._host.is_silent or self._host.is_looping):
            self._host.go_at(self._rng.uniform(112.0, 128.0))

    def _seek(self) -> None:
        if not (self._host.is_silent or self._host.is_looping):
            self._host.locate(max(0.0, self._host.beat + self._rng.choice((-64.0, -16.0, -2.7, 0.4, 5.0, 32.0))))

    def _loop(self) -> None:
        if not (self._host.is_silent or self._host.is_looping):
            self._host.loop(2 * BAR_BEATS, 8)

    def _stop_the_host(self) -> None:
        if not (self._host.is_silent or self._host.is_looping):
            self._host.stop()
            self.agenda.after(2.6, self._host.play)

    def _stop_the_stream(self) -> None:
        if not self._live_is_lost:
            self._end_stream("/mai/stream/stop")
            self.agenda.after(3.1, self._start_stream)

    def _panic(self) -> None:
        if not self._live_is_lost:
            self._end_stream("/mai/panic")
            self.agenda.after(1.7, self._start_stream)

    def _lose_the_host(self) -> None:
        """It says nothing for so long that it is forgotten, and its song goes on meanwhile."""
        if self._host.playing and not self._host.is_looping:
            self._host.is_silent = True
            self.agenda.after(LOST_SECONDS, self._find_the_host)

    def _find_the_host(self) -> None:
        self._ask(HOST, "/mai/hello", "host", 0)
        self._host.come_back()

    def _lose_a_client(self) -> None:
        """Whoever began the stream is forgotten; it goes on for the page."""
        self._live_is_lost = True
        self.agenda.after(LOST_SECONDS, self._find_the_client)

    def _find_the_client(self) -> None:
        self._live_is_lost = False
        self._ask(LIVE, "/mai/hello", "Live", 0)

    def _end_stream(self, address: str) -> None:
        self._streams = False
        self._turn()
        self._ask(LIVE, address)

    def _start_stream(self) -> None:
        self._streams = True
        self._turn()
        self._ask(LIVE, "/mai/stream/start")

    def _rest(self) -> None:
        """The band rests, and what the process holds is counted."""
        if self._live_is_lost or not self._streams or not self._host.playing or self._host.is_silent:
            self.agenda.after(5.0, self._rest)
            return
        self._rests_now = True
        self._words.clear()
        for track in range(len(self._contract.tracks)):
            self._ask(LIVE, "/mai/set", f"density/{track}", -1.0)
            self._ask(LIVE, "/mai/lock", track, 0)
        self._end_stream("/mai/stream/stop")
        self._host.stop()
        self.agenda.after(1.0, self._mark)

    def _mark(self) -> None:
        if self.port.sounding:
            self._fault(f"{self.port.sounding} sound while the band rests")
        self.bridge.wait_for_the_disk()
        gc.collect()
        folder = Path("/proc/self/fd")
        descriptors = len(list(folder.iterdir())) if folder.exists() else 0
        self.marks.append(Mark(sys.getallocatedblocks(), threading.active_count(), descriptors))
        if len(self.marks) == self._rests:
            self.bridge.library.close()
            self.is_over = True
            return
        self._rests_now = False
        self._host.play()
        self._start_stream()
        self.agenda.after(self._between_rests, self._rest)
