"""The engine: carries out requests, one after the other, and keeps the stream ahead of its time.

One thread owns it: it holds all musical state, and for it alone the model runs. Time is an argument, so that a test
drives it through an evening without waiting.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from bridge.clock import Now
from bridge.clocks.song import Song
from bridge.contract import ModelContract
from bridge.doors.address import Address
from bridge.doors.clients import ClientRegistry
from bridge.doors.inbox import Inbox, Letter
from bridge.doors.outbox import Outbox
from bridge.engine.ahead import Ahead
from bridge.engine.band import Band
from bridge.engine.chores import Chores
from bridge.engine.clips import ClipDesk
from bridge.engine.clock_desk import ClockDesk
from bridge.engine.conductor import Conductor, Counters
from bridge.engine.encoder_desk import EncoderDesk
from bridge.engine.latency import Latencies
from bridge.engine.memory import Memory
from bridge.engine.model_change import change_models
from bridge.engine.model_desk import ModelDesk
from bridge.engine.parcels import Parcels
from bridge.engine.piece import Piece, changed_cells, keep_tracks
from bridge.engine.refusal import Refused as Refused
from bridge.engine.refusal import explain
from bridge.engine.settings import PlaySettings
from bridge.engine.shared_state import StateNews, shared_state
from bridge.library import LatentLibrary, WriterState
from bridge.midi.band_out import BandOut
from bridge.midi.player import PlayerStats
from bridge.midi.routing import Route
from bridge.protocol import answers
from bridge.protocol.osc_packet import OscMessage
from bridge.protocol.requests import Hello, Request, RequestRefused
from bridge.sessions.interruption import Interrupted, Interruption

log = logging.getLogger(__name__)

# What a request does: (engine, request, source, clock seconds). It answers, or raises Refused.
Handler = Callable[["Engine", Any, Address, float], None]


@dataclass(frozen=True)
class Surroundings:
    """What the engine is given of the world; ports and what is beside them are shown in /mai/status."""

    handlers: Mapping[type[Request], Handler]  # bridge.handlers.HANDLERS
    send: Callable[[OscMessage, Address], None]
    out: BandOut | None  # None: there is no MIDI output
    clock: ClockDesk
    memory: Memory
    models: ModelDesk
    now: Now  # for what a request itself takes; otherwise time is an argument
    wall_clock: Callable[[], float]  # Unix seconds, for the date of a saved latent
    # Of a model that takes over: the way of each of its tracks, and the number of its port.
    routes: Callable[[ModelContract], tuple[Sequence[Route], Sequence[int]]] = lambda _contract: ((), ())
    midi_stats: Callable[[], tuple[PlayerStats, str | None]] | None = None  # with the last error
    writing: Callable[[], WriterState] | None = None  # how the saving of history and settings goes
    ports: Mapping[str, str] = field(default_factory=dict)
    encoders: EncoderDesk = field(default_factory=EncoderDesk)  # by default no model has one
    computes_ahead: bool = False  # the next press's phrase, while nothing else is due
    give_way: Callable[[], None] = lambda: None  # lets whoever a message has woken run now, on this core if need be


class Engine:
    """The band, what it plays, and for whom."""

    def __init__(
        self, band: Band, library: LatentLibrary, inbox: Inbox, settings: PlaySettings, around: Surroundings
    ) -> None:
        self.band, self.library, self.inbox, self.settings, self.around = band, library, inbox, settings, around
        self.clients = ClientRegistry()
        self.outbox = Outbox(self.clients, around.send)
        self.counters = Counters()
        self.latencies = Latencies()
        self.locked: set[int] = set()
        self.clips = ClipDesk()
        self.parcels = Parcels()
        self.chores = Chores()
        self.ahead = Ahead()
        self.news = StateNews()
        self.notice: str | None = None  # the last thing that a musician should know
        self.started_at = self.received_at = around.now()  # the latter: of the request in hand
        self._taken_up: float | None = None  # when that was begun; None: what plays now is no answer to it
        self.conductor = Conductor(
            band, self.outbox, around.out, self.counters, self.latencies, lambda: self.settings, self.locked, around.now
        )

    @property
    def contract(self) -> ModelContract:
        return self.band.contract

    @property
    def models(self) -> ModelDesk:
        return self.around.models

    @property
    def piece(self) -> Piece | None:
        """What the band plays."""
        return self.conductor.piece

    @property
    def encoders(self) -> EncoderDesk:
        return self.around.encoders

    def song(self, now: float) -> Song:
        return self.around.clock.song(now)

    def handle(self, letter: Letter, now: float) -> None:
        """Carry out one request and answer it. Never raises: what fails is answered with /mai/error."""
        for gone in self.clients.forget_silent(now):
            self.forget(gone.source)
        self.clients.heard(letter.source, now)
        request = letter.request
        if isinstance(request, RequestRefused):
            self.refuse(request.request_id, request.address, request.code, request.message, letter.source)
            return
        self.received_at = letter.received
        self.latencies.add("read", letter.read - letter.received)
        self.latencies.add("queue", now - letter.read)
        if (why := self.inbox.why_not(letter, now)) is not None:
            self.counters.dropped += 1
            self.refuse(request.id, letter.address, "busy", why, letter.source)
            return
        self._taken_up = now
        try:
            self.around.handlers[type(request)](self, request, letter.source, now)
        except Exception as problem:  # the band plays on whatever a request does
            code, text = explain(problem)
            if code == "internal":
                log.exception("request %s failed", request)
            if isinstance(request, Hello):  # not a client yet: it says itself where it listens
                self.counters.rejected += 1
                address = (letter.source[0], request.reply_port or letter.source[1])
                self.around.send(answers.error(request.id, letter.address, code, text), address)
            else:
                self.refuse(request.id, letter.address, code, text, letter.source)
        finally:
            self._taken_up = None

    def next_time(self, now: float) -> float | None:
        """When tick has to be called next, in clock seconds; at once while there are chores."""
        if self.chores:
            return now
        song = self.song(now)
        due = self.conductor.next_time(song)
        ahead = (
            self.ahead.next_time(self.band, self.settings)
            if self.around.computes_ahead and self._has_time(due, now)
            else None
        )
        news = self.news.waits_until(shared_state(self), now)
        times = (due, ahead, news, self.models.next_time(song))
        return min((time for time in times if time is not None), default=None)

    def tick(self, now: float) -> None:
        """Send the stream's bars whose time has come; with time left, do a piece of what waits."""
        change_models(self, now)
        self.conductor.tick(self.song(now), now)
        if self.conductor.behind and not self.inbox.press_waits:  # that press did not come to play
            self.conductor.refresh(self.song(now), now)
        for message in self.news.take(shared_state(self), now):
            self.outbox.tell_watchers(message)
        if self.inbox.press_waits or not self._has_time(self.conductor.next_time(self.song(now)), now):
            return
        if self.chores:
            self.chores.do_one(self.around.now)
        elif (
            self.around.computes_ahead
            and (begin := self.ahead.next_time(self.band, self.settings)) is not None
            and begin <= now
        ):
            self.ahead.do_one(self.band, self.settings)

    def perform(
        self,
        request_id: int,
        new: Piece,
        label: str,
        source: Address,
        bars: int | None = None,
        glides: bool = False,
        keeps_locked: bool = True,
        changes_only: bool = False,
        gesture: bool = False,
    ) -> None:
        """Take up a piece, send its bars, and say done. Bar 0 leaves before the others are computed.

        Where no stream runs, it is also played once on the MIDI port. `changes_only`: of the bars and tracks that
        sounded otherwise before. `gesture`: one of the many steps of a hand: a stream alone makes it heard, for a sweep
        would restart the phrase at each step; and where a press comes meanwhile, Refused is raised, the rest not sent.
        """
        begin = self.around.now()
        if self._taken_up is not None:
            self.latencies.add("choose", begin - self._taken_up)
        old = self.piece
        piece = keep_tracks(old, new, self.locked if keeps_locked else ())
        places = changed_cells(old if changes_only else None, piece)
        touched = {bar for _, bar in places}
        wanted = [bar for bar in range(bars or piece.bars) if bar in touched]
        interruption = self._until_a_press() if gesture else None
        audition = not gesture and self.conductor.stream is None and self.around.out is not None
        try:
            for number, bar in enumerate(self.band.in_turn(piece, wanted, self.settings, interruption)):
                first = number == 0
                computed = self.around.now()
                if interruption is not None:
                    interruption.check()
                notes = self.band.notes(piece, bar, self.settings)
                made = self.around.now()
                tracks = [track for track in range(piece.tracks) if (track, bar) in places]
                self.outbox.bar(request_id, bar, -1.0, notes, source, tracks)
                if first:
                    self.latencies.first_bar(begin, computed, made, self.around.now())
                if audition and self.around.out is not None and self.settings.output != "osc":
                    if first:
                        self.around.out.begin_audition(self.settings.tempo, self.around.now())
                    self.around.out.audition(bar * self.contract.beats_per_bar, notes)
                if first:
                    self.around.give_way()
        except Interrupted:
            self._leave_to_the_press(piece, label, glides)
        now = self.around.now()  # the answer took its time, and a bar may have begun meanwhile
        self.conductor.play(piece, glides, self.song(now), now)
        self.latencies.add("phrase", self.around.now() - begin)
        self.outbox.answer(answers.done(request_id, piece.id), source)
        self.ahead.rest(self.around.now())
        self.around.memory.remember(piece, label, self.contract, self.around.wall_clock())

    def _until_a_press(self) -> Interruption:
        interruption = Interruption()
        self.inbox.at_press = interruption.interrupt
        if self.inbox.press_waits:  # that came before
            interruption.interrupt()
        return interruption

    def _leave_to_the_press(self, piece: Piece, label: str, glides: bool) -> NoReturn:
        """In a bar that nobody hears any more a press would wait. Nothing is lost: undo goes back to this piece.

        Under morphs at 60 Hz one press of a hundred began after more than 8 ms, with this and Generator.ended_by after
        more than 4.4 (two CPU cores; benchmarks/first_note.py).
        """
        now = self.around.now()
        self.conductor.take_up(piece, glides, self.song(now), now)
        self.around.memory.remember(piece, label, self.contract, self.around.wall_clock())
        self.counters.dropped += 1
        raise Refused("busy", "a press has overtaken this morph") from None

    def forget(self, source: Address) -> None:
        """A client has gone: what it began goes on for the others."""
        self.conductor.forget_source(source)
        self.clips.forget(source)
        self.parcels.forget(source)

    def refuse(self, request_id: int, address: str, code: str, text: str, source: Address) -> None:
        """Answer a request with an error that is counted."""
        self.counters.rejected += 1
        self.outbox.answer(answers.error(request_id, address, code, text), source)

    def fail(self, request_id: int, address: str, problem: Exception, source: Address) -> None:
        """Answer a request with an error."""
        code, text = explain(problem)
        if code == "internal":
            log.error("%s failed", address, exc_info=problem)
        self.refuse(request_id, address, code, text, source)

    def stop(self) -> None:
        """Stop the stream; every sounding note ends."""
        self.conductor.stop()

    def say(self, notice: str) -> None:
        """Tell every client, and the status, a sentence that a musician should know."""
        self.notice = notice
        self.outbox.tell_all(OscMessage("/mai/changed", ("notice", notice[:400])))

    def _has_time(self, due: float | None, now: float) -> bool:
        """Whether a piece of work fits in before something is due."""
        return due is None or due - now > self.chores.longest_seconds
