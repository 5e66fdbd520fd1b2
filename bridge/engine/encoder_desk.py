"""The encoder of the model that plays, opened in the background when a first clip comes.

A thread of its own: opening takes a tenth of a second, in which the engine goes on answering.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bridge.engine.band import PlaysBars
from bridge.engine.latents import Latent
from bridge.pianoroll import Roll


class Encodes(Protocol):
    """What is needed of bridge.model_files.encoder_file.Encoder."""

    def __call__(self, phrases: Mapping[int, Roll], rank: int = 0) -> Latent:
        """Of a model with a key: in the key that it hears best (rank 0), next best (1) and so on to 11."""
        ...


WAIT_SECONDS = 0.005  # at a time: no longer than a phrase takes to play

# The encoder of a model; None: it has none. Raises ValueError, with a sentence, for one that cannot be used.
OpenEncoder = Callable[[PlaysBars], Encodes | None]


@dataclass(eq=False)
class _Opening:
    generator: PlaysBars
    done: threading.Event = field(default_factory=threading.Event)
    encoder: Encodes | None = None
    problem: str | None = None

    def run(self, open_encoder: OpenEncoder) -> None:
        try:
            self.encoder = open_encoder(self.generator)
        except ValueError as problem:
            self.problem = str(problem)
        except Exception as problem:  # such as no memory: the band goes on without it
            self.problem = f"the encoder cannot be opened: {type(problem).__name__}: {problem}"
        finally:
            self.done.set()


class EncoderDesk:
    """Knows the encoder of one model at a time. One thread uses it."""

    def __init__(self, open_encoder: OpenEncoder | None = None) -> None:
        """Without `open_encoder` no model has one."""
        self._open_encoder = open_encoder
        self._opening: _Opening | None = None

    def want(self, generator: PlaysBars) -> None:
        """Begin to open this model's encoder; returns at once."""
        if self._open_encoder is None or (self._opening is not None and self._opening.generator is generator):
            return
        self._opening = _Opening(generator)
        # A daemon thread, so that a file that hangs cannot keep the process from ending.
        thread = threading.Thread(target=self._opening.run, args=(self._open_encoder,), name="encoder", daemon=True)
        thread.start()

    def opened(self, generator: PlaysBars) -> Generator[None, None, Encodes | None]:
        """A chore that waits, a little at a time, until it is known what encoder this model has, and returns it; None:
        it has none, or none that can be used."""
        self.want(generator)
        opening = self._opening
        if opening is None:
            return None
        while not opening.done.wait(WAIT_SECONDS):
            yield
        return opening.encoder

    def take_problem(self) -> str | None:
        """Why the encoder cannot be used, a sentence, once; None where there is nothing to tell."""
        opening = self._opening
        if opening is None or not opening.done.is_set():
            return None
        problem, opening.problem = opening.problem, None
        return problem
