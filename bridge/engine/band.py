"""The band: a generator, and the bars it has computed lately."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.engine.latents import Latent
from bridge.engine.piece import Cell, Piece, is_latent
from bridge.engine.playing_key import in_key
from bridge.pianoroll import Note, Roll
from bridge.playing.cells import sounding_cells
from bridge.playing.chain import play_bar
from bridge.playing.scale_names import OFF
from bridge.playing.style import Style
from bridge.sessions.interruption import Interruption

Activations = NDArray[np.float32]

REMEMBERED_BARS = 256  # of 80 kB each at 5 tracks, 48 steps and 84 pitches
REMEMBERED_NOTES = 64  # bars, as they were last played

Notes = list[list[Note]]  # a list a track
_Computed = tuple[int, int, str, str]  # a latent's id, its bar, key and scale


class PlaysBars(Protocol):
    """What the band needs of a generator (bridge.generator.Generator)."""

    provider: str
    notice: str | None

    @property
    def contract(self) -> ModelContract: ...

    def __call__(self, latent: Latent, bars: Sequence[int]) -> Activations:
        """Activations (bars wanted, tracks, steps_per_bar, pitches)."""
        ...


class PlaysMeanwhile(PlaysBars, Protocol):
    """What the band needs besides, so as not to wait for it."""

    def begin(self, latent: Latent, bars: Sequence[int]) -> Callable[[], Activations]:
        """The same while this thread goes on, where that is faster. What comes back waits for the activations."""
        ...

    def ended_by(self, interruption: Interruption | None) -> AbstractContextManager[None]:
        """While it is entered, runs are begun that `interruption` ends: they raise Interrupted."""
        ...


class Band:
    """One generator. One thread uses it."""

    def __init__(self, generator: PlaysMeanwhile) -> None:
        self.generator = generator
        # By the latent's identity: the latent is kept with its bars, so that its id stays its own.
        self._computed: OrderedDict[_Computed, tuple[Latent, Activations]] = OrderedDict()
        self._notes: OrderedDict[Hashable, tuple[Piece, Notes]] = OrderedDict()  # the same of pieces' bars and styles

    @property
    def contract(self) -> ModelContract:
        return self.generator.contract

    @property
    def provider(self) -> str:
        return self.generator.provider

    @property
    def provider_reason(self) -> str | None:
        """Why it is that one, where the generator has had a choice."""
        return getattr(self.generator, "provider_reason", None)

    @property
    def notice(self) -> str | None:
        return self.generator.notice

    def prepare(self, piece: Piece, bars: Iterable[int], style: Style) -> None:
        """Compute what these bars of the piece need, as far as it is not known: one run of the model a latent.

        Of the style a model that has a key is told the key and the scale; other models are not.
        """
        for latent, wanted in self._missing(piece, _cells(piece, bars), style):
            self._keep(latent, wanted, style, self.generator(self._played(latent, style), wanted))

    def in_turn(
        self, piece: Piece, bars: Sequence[int], style: Style, interruption: Interruption | None = None
    ) -> Iterator[int]:
        """These bars, each once what it needs is computed: the first at once, meanwhile the others.

        Raises Interrupted.
        """
        first = _cells(piece, bars[:1])
        with self.generator.ended_by(interruption):
            coming = [
                (latent, wanted, self.generator.begin(self._played(latent, style), wanted))
                for latent, wanted in self._missing(piece, _cells(piece, bars[1:]) - first, style)
            ]
            self.prepare(piece, bars[:1], style)
        yield from bars[:1]
        for latent, wanted, rolls in coming:
            self._keep(latent, wanted, style, rolls())
        yield from bars[1:]

    def activations(self, piece: Piece, bar: int, style: Style) -> Activations:
        """(tracks, steps_per_bar, pitches) of one bar, in the contract's value_range."""
        self.prepare(piece, [bar], style)
        cells = piece.bar_cells(bar)
        if len(set(cells)) == 1:
            return self._source_bar(piece, cells[0], style)
        return np.stack([self._source_bar(piece, cell, style)[track] for track, cell in enumerate(cells)])

    def notes(self, piece: Piece, bar: int, style: Style) -> Notes:
        """The notes of one bar, a list a track, in beats from the bar's start. Not to be changed by who gets them.

        They are remembered: a stream looks several bars ahead and comes by again, and what was computed ahead is ready.
        """
        bar %= piece.bars
        key = (bar, style, *((id(piece.sources[cell.source]), cell.bar) for cell in piece.bar_cells(bar)))
        if key not in self._notes:
            # A bar is uneven in its own way, whatever else is rerolled: so a locked track stays note for note.
            self._notes[key] = piece, play_bar(self.activations(piece, bar, style), self.contract, style, seed=bar)
            if len(self._notes) > REMEMBERED_NOTES:
                self._notes.popitem(last=False)
        self._notes.move_to_end(key)
        return self._notes[key][1]

    def remembers(self, latent: Latent, bar: int, style: Style) -> bool:
        """Whether this very latent's bar was computed lately."""
        return self._place(latent, bar, style) in self._computed

    def roll(self, piece: Piece, style: Style) -> Roll:
        """The whole piece (bars, tracks, steps_per_bar, pitches) bool, before what is done to notes."""
        bars = range(piece.bars)
        self.prepare(piece, bars, style)
        return np.stack(
            [
                sounding_cells(self.activations(piece, bar, style), self.contract, style.threshold, style.densities)
                for bar in bars
            ]
        )

    def _missing(self, piece: Piece, cells: Iterable[Cell], style: Style) -> list[tuple[Latent, list[int]]]:
        """The latents, and which of their bars, that these cells need and that are not known."""
        missing: dict[int, tuple[Latent, list[int]]] = {}
        for cell in sorted(cells):
            source = piece.sources[cell.source]
            if is_latent(source) and self._place(source, cell.bar, style) not in self._computed:
                missing.setdefault(cell.source, (source, []))[1].append(cell.bar)
        return list(missing.values())

    def _played(self, latent: Latent, style: Style) -> Latent:
        return in_key(latent, self.contract, style.key, style.scale)

    def _keep(self, latent: Latent, bars: Sequence[int], style: Style, rolls: Activations) -> None:
        for bar, activations in zip(bars, rolls, strict=True):
            self._computed[self._place(latent, bar, style)] = (latent, activations)
        while len(self._computed) > REMEMBERED_BARS:
            self._computed.popitem(last=False)

    def _source_bar(self, piece: Piece, cell: Cell, style: Style) -> Activations:
        source = piece.sources[cell.source]
        if is_latent(source):
            place = self._place(source, cell.bar, style)
            self._computed.move_to_end(place)
            return self._computed[place][1]
        low, high = self.contract.value_range
        return np.where(source[cell.bar], np.float32(high), np.float32(low))

    def _place(self, latent: Latent, bar: int, style: Style) -> _Computed:
        return (id(latent), bar, *((style.key, style.scale) if self.contract.latent.key else (OFF, OFF)))


def _cells(piece: Piece, bars: Iterable[int]) -> set[Cell]:
    return {cell for bar in bars for cell in piece.bar_cells(bar)}
