"""The engine: carries out requests, one after the other, and sends the stream's bars ahead of their time.

One thread owns it: it holds all musical state and is the only one that runs the model. Time is an argument, so that a
test drives it through an evening without waiting.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.clock import Now
from bridge.clocks.transport import BeatReference, start_song
from bridge.contract import ModelContract
from bridge.doors.clients import Address, ClientRegistry, TooManyClients
from bridge.doors.inbox import Inbox, Letter
from bridge.doors.outbox import Outbox
from bridge.engine.band import Band
from bridge.engine.latency import Latencies
from bridge.engine.latents import Latent
from bridge.engine.settings import PlaySettings
from bridge.engine.stream import Stream
from bridge.library import LatentExists, LatentLibrary, StorageError, UnknownLatent
from bridge.midi.player import Player, TimedNote
from bridge.pianoroll import Note
from bridge.protocol import answers
from bridge.protocol.arguments import ArgumentRefused
from bridge.protocol.osc_packet import OscMessage
from bridge.protocol.requests import Hello, Request, RequestRefused

log = logging.getLogger(__name__)

# What a request does: (engine, request, source, clock seconds). It answers, or raises Refused.
Handler = Callable[["Engine", Any, Address, float], None]


class Refused(ValueError):
    """A request that cannot be carried out now; becomes a /mai/error with this code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Counters:
    """What went wrong since the start, for /mai/ping and /mai/status."""

    late: int = 0  # streamed bars sent after their time
    dropped: int = 0  # morphs overtaken by newer ones before they began
    rejected: int = 0  # requests answered with an error


@dataclass(frozen=True)
class Surroundings:
    """What the engine is given of the world. `now` is for latencies alone; ports is shown in /mai/status."""

    handlers: Mapping[type[Request], Handler]  # bridge.engine.handlers.HANDLERS
    send: Callable[[OscMessage, Address], None]
    player: Player | None  # None: there is no MIDI output
    now: Now
    wall_clock: Callable[[], float]  # Unix seconds, for the date of a saved latent
    ports: Mapping[str, str] = field(default_factory=dict)


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
        self.started_at = around.now()
        self.song: BeatReference = start_song(settings.tempo, self.started_at)
        self.stream: Stream | None = None

    @property
    def contract(self) -> ModelContract:
        return self.band.contract

    def handle(self, letter: Letter, now: float) -> None:
        """Carry out one request and answer it. Never raises: what fails is answered with /mai/error."""
        for gone in self.clients.forget_silent(now):
            self.forget_stream_source(gone.source)
        self.clients.heard(letter.source, now)
        request = letter.request
        if isinstance(request, RequestRefused):
            self._refuse(request.request_id, request.address, request.code, request.message, letter.source)
            return
        self.latencies.add("queue", now - letter.received)
        if self.inbox.is_stale(letter):
            self.counters.dropped += 1
            self._refuse(request.id, letter.address, "busy", "a newer morph has overtaken this one", letter.source)
            return
        try:
            self.around.handlers[type(request)](self, request, letter.source, now)
        except Exception as problem:  # the band plays on whatever a request does
            code, text = _explain(problem)
            if code == "internal":
                log.exception("request %s failed", request)
            if isinstance(request, Hello):  # not a client yet: it says itself where it listens
                self.counters.rejected += 1
                address = (letter.source[0], request.reply_port or letter.source[1])
                self.around.send(answers.error(request.id, letter.address, code, text), address)
            else:
                self._refuse(request.id, letter.address, code, text, letter.source)

    def next_time(self) -> float | None:
        """When tick has to be called next, in clock seconds."""
        return None if self.stream is None else self.stream.send_time(self.song, self.settings.lookahead)

    def tick(self, now: float) -> None:
        """Send the stream's bars whose time has come."""
        while self.stream is not None and self.stream.send_time(self.song, self.settings.lookahead) <= now:
            stream = self.stream
            self.stream = stream.advanced()
            if self.song.time_of(stream.start_beat) < now:
                self.counters.late += 1
            try:
                notes = self.band.notes(stream.bar, self.settings.threshold, self.settings.velocity)
            except Exception:  # the stream goes on with its next bar
                log.exception("bar %d of the stream failed", stream.bar)
                continue
            self.outbox.bar(stream.id, stream.bar, stream.start_beat, notes, stream.source)
            self._play(notes, stream.start_beat, self.song)

    def perform(self, request_id: int, latent: Latent, source: Address, now: float, bars: int, audition: bool) -> None:
        """Take up a latent, send its bars, and say done. Bar 0 leaves before the others are computed.

        `audition`: where no stream runs, the phrase is also played once on the MIDI port, from `now` on.
        """
        begin = self.around.now()
        audition = audition and self.stream is None
        self.band.take_up(latent)
        for bar in range(bars):
            if bar == 1:
                self.band.prepare(range(1, bars))
            notes = self.band.notes(bar, self.settings.threshold, self.settings.velocity)
            self.outbox.bar(request_id, bar, -1.0, notes, source)
            if audition:
                if bar == 0:
                    self.silence()
                self._play(notes, bar * self.contract.beats_per_bar, start_song(self.settings.tempo, now))
            if bar == 0:
                self.latencies.add("first_bar", self.around.now() - begin)
        self.latencies.add("phrase", self.around.now() - begin)
        assert self.band.phrase is not None
        self.outbox.answer(answers.done(request_id, self.band.phrase.id), source)

    def forget_stream_source(self, source: Address) -> None:
        """Whoever started the stream is gone; it goes on for the others."""
        if self.stream is not None and self.stream.source == source:
            self.stream = self.stream.without_source()

    def stop(self) -> None:
        """Stop the stream; every sounding note ends."""
        self.stream = None
        self.silence()

    def silence(self) -> None:
        """Every sounding note ends, and what waits is dropped."""
        if self.around.player is not None:
            self.around.player.silence()

    def _play(self, notes: Sequence[Sequence[Note]], start_beat: float, song: BeatReference) -> None:
        """A bar's notes to the MIDI port, at their clock times and on their tracks' channels."""
        if self.around.player is None or self.settings.output == "osc":
            return
        self.around.player.play(
            TimedNote(
                on=song.time_of(start_beat + note.start),
                off=song.time_of(start_beat + note.start + note.duration),
                channel=spec.channel,
                pitch=note.pitch,
                velocity=note.velocity,
            )
            for spec, track in zip(self.contract.tracks, notes, strict=True)
            for note in track
        )

    def _refuse(self, request_id: int, address: str, code: str, text: str, source: Address) -> None:
        self.counters.rejected += 1
        self.outbox.answer(answers.error(request_id, address, code, text), source)


_CODES: dict[type[Exception], str] = {
    UnknownLatent: "unknown_name",
    LatentExists: "out_of_range",
    StorageError: "storage",
    TooManyClients: "busy",
}


def _explain(problem: Exception) -> tuple[str, str]:
    """The protocol's error code for an exception, and a sentence."""
    if isinstance(problem, Refused | ArgumentRefused):
        return problem.code, str(problem)
    for kind, code in _CODES.items():
        if isinstance(problem, kind):
            return code, str(problem)
    return "internal", f"{type(problem).__name__}: {problem}"
