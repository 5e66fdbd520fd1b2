"""Music that the musician sends: clips, capture, accompany."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from itertools import chain

import numpy as np

from bridge.contract import ModelContract
from bridge.doors.address import Address
from bridge.engine.clips import BadClip, clip_bars, clip_roll
from bridge.engine.encoded import accompanying_latent, heard_latent, nearest_latent
from bridge.engine.encoder_desk import Encodes
from bridge.engine.engine import Engine, Refused
from bridge.engine.latent_search import LatentSearch
from bridge.engine.latents import Latent
from bridge.engine.piece import combine, long_piece, plain_piece, recorded_piece
from bridge.engine.players import fitting_players
from bridge.handlers.clients import known_track
from bridge.handlers.latents import allowed, keep
from bridge.handlers.later import begin
from bridge.handlers.playing import drawn_seed
from bridge.pianoroll import Note, Roll
from bridge.protocol import answers, requests


def clip(engine: Engine, request: requests.Clip, source: Address, _now: float) -> None:
    track = known_track(engine, request.track)
    notes = [Note(pitch, velocity, start, duration) for pitch, velocity, start, duration in request.notes]
    try:
        engine.clips.add(source, request.id, track, request.part, request.parts, notes)
    except BadClip as problem:
        raise Refused("out_of_range", str(problem)) from problem
    engine.encoders.want(engine.band.generator)  # so that it is open when the request comes that uses the clip


def capture(engine: Engine, request: requests.Capture, source: Address, _now: float) -> None:
    name, contract = allowed(request.name), engine.contract
    clips = engine.clips.take(source, request.id)
    phrases = {track: clip_roll(notes, contract.bars, contract, track) for track, notes in clips.items()}
    target = {track: phrase for track, phrase in phrases.items() if phrase.any()}
    if not target:
        raise Refused("not_ready", "no clip came before: send its notes as /mai/clip with the same id first")

    def work() -> Iterator[None]:
        encoder = yield from _encoder(engine)
        _check_still_plays(engine, contract)
        start = None
        if encoder is not None:
            heard = yield from heard_latent(encoder, engine.band.generator, target)
            start = nearest_latent(heard, target, contract, request.id)
            _check_still_plays(engine, contract)
        search = LatentSearch(engine.band.generator, target, request.id, start)
        yield from search.steps()
        assert search.best is not None
        _check_still_plays(engine, contract)
        keep(engine, name, plain_piece(search.best, contract))
        engine.outbox.answer(answers.done(request.id, name, search.similarity), source)

    begin(engine, request, source, work())


def accompany(engine: Engine, request: requests.Accompany, source: Address, _now: float) -> None:
    track, contract = known_track(engine, request.track), engine.contract
    clips = engine.clips.take(source, request.id)
    try:
        bars = clip_bars(chain.from_iterable(clips.values()), contract)
    except BadClip as problem:
        raise Refused("out_of_range", str(problem)) from problem
    bars = -(-bars // contract.bars) * contract.bars  # whole phrases
    roll = clip_roll(clips.get(track, []), bars, contract, track)
    if not roll.any():
        raise Refused(
            "not_ready", f"no clip came for track {track}: send its notes as /mai/clip with the same id first"
        )
    seed = drawn_seed(request.seed)

    def work() -> Iterator[None]:
        encoder = yield from _encoder(engine)
        phrases = [roll[first : first + contract.bars] for first in range(0, bars, contract.bars)]
        found: list[Latent] = []
        for number, phrase in enumerate(phrases):
            if not phrase.any() and found:
                found.append(found[-1])
                continue
            _check_still_plays(engine, contract)
            if encoder is not None:  # the same seed for all phrases: one band plays to the whole clip
                heard = yield from heard_latent(encoder, engine.band.generator, {track: phrase})
                latent = accompanying_latent(heard, [track], contract, seed)
            else:
                latent = yield from _searched(engine, {track: phrase}, seed + number)
            found.append(latent)
            yield
        _check_still_plays(engine, contract)
        found = yield from fitting_players(engine.band.generator, track, phrases, found, seed)
        for latent in found:
            _check_still_plays(engine, contract)
            # Now, bit by bit: computed all at once in the end, a long clip would hold up a stream.
            engine.band.prepare(plain_piece(latent, contract), range(contract.bars), engine.settings)
            yield
        _check_still_plays(engine, contract)
        given = np.zeros((bars, len(contract.tracks), contract.steps_per_bar, contract.pitches), dtype=np.bool_)
        given[:, track] = roll
        piece = combine(
            recorded_piece(given, contract), long_piece(found, bars, contract), lambda one, _bar: one != track
        )
        engine.perform(request.id, piece, "accompany", source)

    begin(engine, request, source, work())


def _encoder(engine: Engine) -> Generator[None, None, Encodes | None]:
    """Waits for the encoder of the model that plays; one that cannot be used is told, and done without."""
    encoder = yield from engine.encoders.opened(engine.band.generator)
    if (problem := engine.encoders.take_problem()) is not None:
        engine.say(f"Clips are searched for without an encoder: {problem}")
    return encoder


def _searched(engine: Engine, target: Mapping[int, Roll], seed: int) -> Generator[None, None, Latent]:
    search = LatentSearch(engine.band.generator, target, seed)
    yield from search.steps()
    assert search.best is not None
    return search.best


def _check_still_plays(engine: Engine, contract: ModelContract) -> None:
    """Raises Refused if another model has taken over since a search began."""
    if engine.contract != contract:
        raise Refused("not_ready", f"{engine.contract.name} has taken over during the search: send the clip again")
