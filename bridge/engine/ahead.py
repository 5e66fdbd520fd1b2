"""The next press is played before it comes: a press that names no seed leaves the choice to the bridge."""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bridge.contract import ModelContract
from bridge.engine.band import Band
from bridge.engine.latents import Latent, draw_latent
from bridge.engine.piece import Piece, plain_piece
from bridge.playing.style import Style

log = logging.getLogger(__name__)

REST_SECONDS = 0.005  # after an answer


def chosen_seed() -> int:
    """A seed that nobody named: 31 random bits."""
    return secrets.randbits(31)


@dataclass(frozen=True, slots=True, eq=False)
class Coming:
    """A phrase that nobody has heard yet, and the seed and latent that make it."""

    seed: int
    latent: Latent
    piece: Piece
    contract: ModelContract  # of the model that it is for


class Ahead:
    """The phrase of the next press, drawn and computed a bar at a time while nothing else is due. One thread uses it.

    A client's button sends no seed. So its first bar is there 0.8 ms after the press where one with a seed takes 3.6,
    and the phrase after 1.6 instead of 5.5 (two CPU cores); the price is the same work, done when nobody waits for it.
    """

    def __init__(self, choose_seed: Callable[[], int] = chosen_seed) -> None:
        self._choose_seed = choose_seed
        self._coming: Coming | None = None
        self._not_before = -math.inf

    def take(self, contract: ModelContract) -> Coming:
        """What the press plays that has come: each is given out once. Drawn now where none is there for this model."""
        coming, self._coming = self._coming, None
        return coming if coming is not None and coming.contract is contract else self._drawn(contract)

    def rest(self, now: float) -> None:
        """Somebody has just been answered, and reads: on this core, if the scheduler put the reader here."""
        self._not_before = now + REST_SECONDS

    def next_time(self, band: Band, style: Style) -> float | None:
        """From when on there is something to compute, in clock seconds; None: all is ready."""
        coming = self._coming
        is_ready = (
            coming is not None and coming.contract is band.contract and self._missing_bar(coming, band, style) is None
        )
        return None if is_ready else self._not_before

    def do_one(self, band: Band, style: Style) -> None:
        """Draw the phrase, or compute one of its bars and its notes in the style of now. Never raises."""
        coming = self._coming
        try:
            if coming is None or coming.contract is not band.contract:
                self._coming = self._drawn(band.contract)
            elif (bar := self._missing_bar(coming, band, style)) is not None:
                band.notes(coming.piece, bar, style)
        except Exception:  # whoever presses next is told; until then it is not tried again
            log.exception("the next phrase cannot be computed ahead")
            self._not_before = math.inf

    def _drawn(self, contract: ModelContract) -> Coming:
        seed = self._choose_seed()
        latent = draw_latent(contract, seed)
        return Coming(seed, latent, plain_piece(latent, contract), contract)

    @staticmethod
    def _missing_bar(coming: Coming, band: Band, style: Style) -> int | None:
        bars = range(coming.piece.bars)
        return next((bar for bar in bars if not band.remembers(coming.latent, bar, style)), None)
