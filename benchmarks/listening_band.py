"""A band that is sent clips as a client sends them: the bridge's own engine and handlers, without doors or MIDI."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.clock import now
from bridge.contract import ModelContract
from bridge.doors.address import Address
from bridge.doors.inbox import Inbox
from bridge.engine.band import Band
from bridge.engine.clock_desk import ClockDesk
from bridge.engine.encoder_desk import EncoderDesk
from bridge.engine.engine import Engine, Surroundings
from bridge.engine.latents import Latent
from bridge.engine.memory import Memory
from bridge.engine.model_desk import Asker, ModelDesk
from bridge.engine.settings import PlaySettings
from bridge.generator import Generator
from bridge.handlers import HANDLERS
from bridge.library import Library
from bridge.model_files.catalogue import ModelCatalogue
from bridge.model_files.encoder_file import encoder_beside
from bridge.model_files.loader import ModelLoader
from bridge.pianoroll import roll_to_notes
from bridge.protocol.osc_packet import OscMessage, build_message

Cells = NDArray[np.bool_]  # (bars, steps, pitches, tracks)

CLIENT: Address = ("127.0.0.1", 50000)
CAPTURED = "a clip"
NOTES_A_MESSAGE = 40


class BandRefused(Exception):
    """A request that the band answered with an error; the message is the error's."""


class ListeningBand:
    """One model that plays, with its encoder where one lies beside it. One thread uses it; close it."""

    def __init__(self, model: Path) -> None:
        """Raises BadModel."""
        self.generator = Generator(model, "cpu")
        contract = self.generator.contract
        self._library = Library.in_memory()
        self._answers: list[OscMessage] = []
        self._inbox = Inbox(lambda message, _source: self._answers.append(message))
        loader: ModelLoader[Asker] = ModelLoader("cpu", wake=lambda: None)
        around = Surroundings(
            handlers=HANDLERS,
            send=lambda message, _address: self._answers.append(message),
            out=None,
            clock=ClockDesk(contract.tempo, now()),
            memory=Memory(self._library.history, self._library.settings),
            models=ModelDesk(ModelCatalogue(model.parent, embedded=model), loader),
            now=now,
            wall_clock=time.time,
            encoders=EncoderDesk(encoder_beside),
        )
        play = PlaySettings(tempo=contract.tempo, threshold=contract.threshold)
        self.engine = Engine(Band(self.generator), self._library.latents, self._inbox, play, around)
        self._requests = 0

    @property
    def contract(self) -> ModelContract:
        return self.generator.contract

    def accompany(self, clip: Cells, track: int, seed: int) -> Cells:
        """The piece of /mai/accompany for this track of a clip: the track as it was sent, the others as they are played
        to it. Raises BandRefused, such as for a track that is silent."""
        request = self._sent(clip, [track])
        self._asked("/mai/accompany", request, track, seed)
        assert self.engine.piece is not None
        return _tracks_last(self.engine.band.roll(self.engine.piece, self.engine.settings))

    def capture(self, clip: Cells) -> tuple[Latent, float]:
        """The latent that /mai/latent/capture keeps of all tracks of a clip, and the similarity (0-1) that it answers.
        Raises BandRefused, such as for silence."""
        done = self._asked("/mai/latent/capture", self._sent(clip, range(clip.shape[3])), CAPTURED)
        return self._library.latents.get(CAPTURED).values, float(done.arguments[2])

    def played(self, latent: Latent) -> Cells:
        """The phrase of a latent."""
        roll = self.generator(latent, range(self.contract.bars)) > self.contract.cell_threshold
        return _tracks_last(np.asarray(roll))

    def close(self) -> None:
        self.engine.stop()
        self._library.close()

    def _sent(self, clip: Cells, tracks: Iterable[int]) -> int:
        """Send these tracks of a clip; returns the number of the request that is to use them."""
        self._requests += 1
        bars, steps, pitches, _ = clip.shape
        for track in tracks:
            notes = roll_to_notes(clip[..., track].reshape(bars * steps, pitches), self.contract, track)
            parts = [notes[first : first + NOTES_A_MESSAGE] for first in range(0, len(notes), NOTES_A_MESSAGE)]
            for number, part in enumerate(parts):
                values = (value for note in part for value in (note.pitch, note.velocity, note.start, note.duration))
                self._say("/mai/clip", self._requests, number, len(parts), track, *values)
        return self._requests

    def _asked(self, address: str, *arguments: int | str) -> OscMessage:
        """Ask, wait for the answer, and return it."""
        self._say(address, *arguments)
        while self.engine.chores:
            self.engine.tick(now())
        answers, self._answers = self._answers, []
        for answer in answers:
            if answer.address == "/mai/error":
                raise BandRefused(str(answer.arguments[-1]))
        return answers[-1]

    def _say(self, address: str, *arguments: int | float | str) -> None:
        self._inbox.receive(build_message(address, arguments), CLIENT, now())
        while (letter := self._inbox.take(0.0)) is not None:
            self.engine.handle(letter, now())


def _tracks_last(roll: NDArray[np.bool_]) -> Cells:
    return np.ascontiguousarray(roll.transpose(0, 2, 3, 1))
