"""Sends the stream's bars ahead of their time, and again, whole, when the music changes before their time has come."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from bridge.clocks.bar_fit import fit_bar
from bridge.clocks.song import Change, Song, change_between
from bridge.doors.outbox import Outbox
from bridge.engine.band import Band
from bridge.engine.glide import Glide
from bridge.engine.latency import Latencies
from bridge.engine.piece import Piece
from bridge.engine.settings import PlaySettings
from bridge.engine.stream import Stream
from bridge.engine.ties import Held, held_from, tie
from bridge.engine.wander import wandered
from bridge.midi.band_out import BandOut
from bridge.pianoroll import Note

log = logging.getLogger(__name__)

Notes = list[list[Note]]

LATE_SECONDS = 0.002  # a bar is missed when its time is past by more: a datagram needs about a tenth of it
MARGIN_SECONDS = 0.01  # what a bar is begun earlier than its generation has lately taken
TIED_AHEAD = 4  # bars that are looked ahead for how long a note is held


@dataclass
class Counters:
    """What went wrong since the start, for /mai/ping and /mai/status."""

    late: int = 0  # streamed bars that were not ready in time: the bar before was repeated
    dropped: int = 0  # morphs overtaken by newer ones before they began, or by a press
    rejected: int = 0  # requests answered with an error
    replaced: int = 0  # streamed bars sent anew because the music changed before their time


@dataclass(frozen=True, slots=True)
class SentBar:
    """A bar that was sent and has not begun."""

    start: float
    bar: int
    step: int  # of the stream, for a walk and a glide
    held_before: Held
    held_after: Held
    notes: Notes


@dataclass
class Conductor:
    """The one stream. The engine's thread owns it. `piece` is what the musician has asked for."""

    band: Band
    outbox: Outbox
    out: BandOut | None
    counters: Counters
    latencies: Latencies
    settings: Callable[[], PlaySettings]
    locked: Collection[int]
    stopwatch: Callable[[], float]
    stream: Stream | None = None
    piece: Piece | None = None
    behind: bool = False  # bars that were sent are of the piece before: refresh has to be called
    _glide: Glide | None = None
    _walk_from: int = 0
    _walk_seed: int = 0
    _held_bar: int | None = None
    _on_the_way: dict[int, Piece] = field(default_factory=dict)  # by step: what a glide or a walk has made of the piece
    _sent: list[SentBar] = field(default_factory=list)
    _last: SentBar | None = None
    _joins: bool = False  # the song began or jumped: the bar where it is now is late, and not by anyone's fault
    _song: Song | None = None

    def next_time(self, song: Song) -> float | None:
        """When tick has to be called next, in clock seconds; None while there is nothing to send."""
        if self.stream is None or not song.playing:
            return None
        return self._send_time(self.stream.next_start, song)

    def start(self, stream: Stream, song: Song) -> None:
        """A new stream in place of an older one."""
        self.stop()
        self.stream, self._song = stream, song
        self._walk_from, self._walk_seed = 0, stream.id
        if self.out is not None:
            self.out.follow(song)

    def stop(self) -> None:
        """The stream ends, and every sounding note."""
        self.stream = None
        self._forget_sent()
        self._glide = self._last = self._held_bar = None
        if self.out is not None:
            self.out.silence()

    def take_over(self, band: Band, piece: Piece | None) -> None:
        """Another model plays from the next bar that is made: what a glide or a walk had made was of the old one's."""
        self.band, self.piece, self._glide = band, piece, None
        self._on_the_way.clear()

    def play(self, piece: Piece, glides: bool, song: Song, now: float) -> None:
        """From now on the stream plays this piece; bars that were sent and have not begun are sent anew."""
        self.take_up(piece, glides, song, now)
        self.refresh(song, now)

    def take_up(self, piece: Piece, glides: bool, song: Song, now: float) -> None:
        """The same, but that bars are not sent anew yet."""
        before = self.piece
        if self.stream is None:
            self.piece = piece
            return
        step = self._first_open_step(song, now)
        sounding = piece if before is None else self._piece_at(max(0, step - 1))
        self.piece = piece
        bars = self.settings().morph_glide
        self._glide = None
        if glides and bars > 0 and before is not None and before.tracks == piece.tracks:
            self._glide = Glide(sounding, piece, step, bars)
        self._walk_from, self._walk_seed = step, self._walk_seed + 1
        self._on_the_way.clear()
        self.behind = True

    def refresh(self, song: Song, now: float) -> None:
        """Send the bars that have not begun anew, as far as they would sound otherwise."""
        self.behind = False
        if self.stream is None:
            return
        for number, sent in enumerate(self._sent):
            if song.time_of(sent.start) - now < self._lead_seconds():
                continue
            held = self._sent[number - 1].held_after if number else sent.held_before
            fresh = self._make(sent.start, sent.bar, sent.step, held, song)
            self._sent[number] = fresh
            if fresh.notes != sent.notes:
                self.counters.replaced += 1
                self._send(fresh, song)
        if self._sent:
            self._last = self._sent[-1]

    def tick(self, song: Song, now: float) -> None:
        """Follow the song, and send the bars whose time has come."""
        if self.stream is None:
            self._song = song
            return
        self._follow(song, now)
        self._sent = [sent for sent in self._sent if song.time_of(sent.start) > now]
        while song.playing and self._send_time(self.stream.next_start, song) <= now:
            stream = self.stream
            if stream.sent == 0 and stream.next_start < stream.anchor:
                self.stream = replace(stream, next_start=stream.anchor)
                continue
            missed = not self._joins and now - song.time_of(stream.next_start) > LATE_SECONDS
            self.stream = stream.advanced(song)
            if missed:
                self.counters.late += 1
                over = song.time_of(self.stream.next_start) <= now
                if not over and self._last is not None:  # of several that were missed, only the one that sounds now
                    self._repeat(stream.next_start)
                continue
            self._joins = False
            try:
                self._send_next(stream, song)
            except Exception:  # the stream goes on with its next bar
                log.exception("the bar at beat %g failed", stream.next_start)

    def forget_source(self, source: object) -> None:
        """Whoever started the stream is gone; it goes on for the others."""
        if self.stream is not None and self.stream.source == source:
            self.stream = self.stream.without_source()

    def _follow(self, song: Song, now: float) -> None:
        assert self.stream is not None
        before, self._song = self._song or song, song
        change = change_between(before, song)
        if self.out is not None and before.reference is not song.reference:
            self.out.follow(song)
        if change is Change.STOPPED:
            self._forget_sent()
            self._last = None
            if self.out is not None:
                self.out.silence()
        elif change in (Change.STARTED, Change.LOCATED):
            self._forget_sent()
            self._last = None
            if self.out is not None:
                self.out.silence()
                self.out.follow(song)
            self.stream = self.stream.joined(song, now)
            self._joins = True
        elif change is Change.METRE:
            dropped = [sent for sent in self._sent if song.time_of(sent.start) > now]
            if self.out is not None:
                self.out.drop([sent.start for sent in dropped])
            self._forget_sent()
            self.stream = self.stream.in_metre(before, song, now)
            if self._last is not None:
                line = dropped[0].start if dropped else self._last.start + before.metre.beats_per_bar
                held = dropped[0].held_before if dropped else self._last.held_after
                self._last = replace(self._last, held_after=held_from(held, self.stream.next_start - line))

    def _send_next(self, stream: Stream, song: Song) -> None:
        begin = self.stopwatch()
        held = self._last.held_after if self._last is not None else {}
        bar = stream.bar_at(stream.next_start, song.metre.beats_per_bar)
        made = self._make(stream.next_start, bar, stream.sent, held, song)
        self.latencies.add("bar", self.stopwatch() - begin)
        self._sent.append(made)
        self._last = made
        self._send(made, song)

    def _make(self, start: float, bar: int, step: int, held: Held, song: Song) -> SentBar:
        """The notes of a bar, as long as they sound."""
        beats = song.metre.beats_per_bar
        drums = [track.is_drum for track in self.band.contract.tracks]
        notes = self._bar_notes(bar, step, beats)
        ahead: list[Notes] = []
        while len(ahead) < TIED_AHEAD and any(
            note.start + note.duration > beats - 1e-6
            for track, is_drum in zip(ahead[-1] if ahead else notes, drums, strict=True)
            if not is_drum
            for note in track
        ):
            following = len(ahead) + 1
            ahead.append(self._bar_notes(bar + following, step + following, beats))
        tied = tie(notes, ahead, held, beats, drums)
        return SentBar(start, bar, step, held, tied.held, tied.notes)

    def _bar_notes(self, bar: int, step: int, beats: float) -> Notes:
        settings = self.settings()
        piece = self._piece_at(step)
        if settings.stream_mode == "hold":
            self._held_bar = bar if self._held_bar is None else self._held_bar
            bar = self._held_bar
        else:
            self._held_bar = None
        notes = self.band.notes(piece, bar % piece.bars, settings)
        model_beats = float(self.band.contract.beats_per_bar)
        return notes if beats == model_beats else [fit_bar(track, model_beats, beats) for track in notes]

    def _piece_at(self, step: int) -> Piece:
        """What the piece has become at this step of the stream: on its way by a glide or a walk."""
        assert self.piece is not None
        walks = self.settings().stream_mode == "wander" and step > self._walk_from
        if not walks and self._glide is None:
            return self.piece
        if step not in self._on_the_way:
            self._on_the_way = {known: piece for known, piece in self._on_the_way.items() if known > step - TIED_AHEAD}
            self._on_the_way[step] = self._moved(step, walks)
        return self._on_the_way[step]

    def _moved(self, step: int, walks: bool) -> Piece:
        assert self.piece is not None
        contract = self.band.contract
        piece = self.piece if self._glide is None else self._glide.piece_at(step, contract)
        if not walks:
            return piece
        return wandered(piece, step - self._walk_from, self._walk_seed, self.locked, contract)

    def _first_open_step(self, song: Song, now: float) -> int:
        """The step of the first bar that can still be changed."""
        assert self.stream is not None
        open_bars = [sent.step for sent in self._sent if song.time_of(sent.start) - now >= self._lead_seconds()]
        return open_bars[0] if open_bars else self.stream.sent

    def _send(self, sent: SentBar, song: Song) -> None:
        assert self.stream is not None
        piece_bar = sent.bar % self.piece.bars if self.piece is not None else sent.bar
        self.outbox.bar(self.stream.id, piece_bar, sent.start, sent.notes, self.stream.source)
        if self.out is not None and self.settings().output != "osc":
            self.out.bar(sent.start, sent.notes, song.metre.beats_per_bar)

    def _repeat(self, start: float) -> None:
        """The last bar once more, where the one that was due is not ready. The MIDI side repeats by itself."""
        assert self._last is not None
        assert self.stream is not None
        bar = self._last.bar % self.piece.bars if self.piece is not None else self._last.bar
        self.outbox.bar(self.stream.id, bar, start, self._last.notes, self.stream.source)

    def _lead_seconds(self) -> float:
        """How long before its time a bar can still be changed: what making one takes, by its own measure."""
        return self.latencies.high("bar") + MARGIN_SECONDS

    def _send_time(self, start: float, song: Song) -> float:
        ahead = song.time_of(start - self.settings().lookahead)
        return min(ahead, song.time_of(start) - 2.0 * self._lead_seconds())

    def _forget_sent(self) -> None:
        self._sent.clear()
