"""Music that the musician sends: clips, capture, accompany."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from bridge.doors.address import Address
from bridge.engine.chores import TooManyChores
from bridge.engine.clips import BadClip
from bridge.engine.engine import Engine, Refused
from bridge.engine.latent_search import LatentSearch
from bridge.engine.latents import Latent
from bridge.engine.piece import combine, long_piece, plain_piece, recorded_piece
from bridge.handlers.clients import known_track
from bridge.handlers.latents import allowed, keep
from bridge.handlers.playing import drawn_seed
from bridge.pianoroll import Note, Roll, notes_to_roll
from bridge.protocol import answers, requests

MOST_PHRASES = 8


def clip(engine: Engine, request: requests.Clip, source: Address, _now: float) -> None:
    track = known_track(engine, request.track)
    notes = [Note(pitch, velocity, start, duration) for pitch, velocity, start, duration in request.notes]
    try:
        engine.clips.add(source, request.id, track, request.part, request.parts, notes)
    except BadClip as problem:
        raise Refused("out_of_range", str(problem)) from problem


def capture(engine: Engine, request: requests.Capture, source: Address, _now: float) -> None:
    name = allowed(request.name)
    rolls = _clip_rolls(engine, source, request.id)
    phrase = slice(0, engine.contract.bars)
    target = {track: roll[phrase] for track, roll in rolls.items() if roll[phrase].any()}
    if not target:
        raise Refused("not_ready", "no clip came before: send its notes as /mai/clip with the same id first")

    def work() -> Iterator[None]:
        search = LatentSearch(engine.band.generator, target, seed=request.id)
        yield from search.steps()
        assert search.best is not None
        keep(engine, name, plain_piece(search.best, engine.contract))
        engine.outbox.answer(answers.done(request.id, name, search.similarity), source)

    _begin(engine, request, source, work())


def accompany(engine: Engine, request: requests.Accompany, source: Address, _now: float) -> None:
    track = known_track(engine, request.track)
    contract = engine.contract
    roll = _clip_rolls(engine, source, request.id).get(track)
    if roll is None or not roll.any():
        raise Refused(
            "not_ready", f"no clip came for track {track}: send its notes as /mai/clip with the same id first"
        )
    seed = drawn_seed(request.seed)
    phrases = [roll[first : first + contract.bars] for first in range(0, len(roll), contract.bars)]

    def work() -> Iterator[None]:
        found: list[Latent] = []
        for number, phrase in enumerate(phrases):
            if not phrase.any() and found:
                found.append(found[-1])
                continue
            search = LatentSearch(engine.band.generator, {track: phrase}, seed + number)
            yield from search.steps()
            assert search.best is not None
            found.append(search.best)
        given = np.zeros((len(roll), len(contract.tracks), contract.steps_per_bar, contract.pitches), dtype=np.bool_)
        given[:, track] = roll
        piece = combine(
            recorded_piece(given, contract), long_piece(found, len(roll), contract), lambda one, _bar: one != track
        )
        engine.perform(request.id, piece, "accompany", source)

    _begin(engine, request, source, work())


def _begin(engine: Engine, request: requests.Request, source: Address, work: Iterator[None]) -> None:
    def guarded() -> Iterator[None]:
        try:
            yield from work
        except Exception as problem:  # it answers later than its handler, and its errors too
            engine.fail(request.id, requests.address_of(request), problem, source)

    try:
        engine.chores.add(guarded)
    except TooManyChores as problem:
        raise Refused("busy", str(problem)) from problem


def _clip_rolls(engine: Engine, source: Address, request_id: int) -> Mapping[int, Roll]:
    """By track, (bars, steps, pitches) bool: whole phrases of the model, as many as the clip fills."""
    contract = engine.contract
    tracks = engine.clips.take(source, request_id)
    ends = [note.start + note.duration for notes in tracks.values() for note in notes]
    bars = max(1, math.ceil(max(ends, default=0.0) / contract.beats_per_bar - 1e-6))
    phrases = math.ceil(bars / contract.bars)
    if phrases > MOST_PHRASES:
        raise Refused("out_of_range", f"the clip is {bars} bars long, expected at most {MOST_PHRASES * contract.bars}")
    return {track: _rolls(notes, phrases * contract.bars, engine, track) for track, notes in tracks.items()}


def _rolls(notes: Sequence[Note], bars: int, engine: Engine, track: int) -> Roll:
    contract = engine.contract
    rolls = []
    for bar in range(bars):
        first, last = bar * contract.beats_per_bar, (bar + 1) * contract.beats_per_bar
        here = [
            Note(note.pitch, note.velocity, begin - first, min(note.start + note.duration, last) - begin)
            for note in notes
            if (begin := max(note.start, first)) < last and note.start + note.duration > first
        ]
        rolls.append(notes_to_roll(here, contract, track))
    return np.stack(rolls)
