"""Which model plays: orders for another one, and the swap at a bar line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.clocks.song import Song
from bridge.doors.address import Address
from bridge.model_files.loader import Loaded, LoadOutcome, LoadOvertaken
from bridge.model_files.model_file import ModelFile


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants a model, and by which request."""

    request_id: int
    source: Address


class Catalogue(Protocol):
    """What is needed of bridge.model_files.catalogue.ModelCatalogue."""

    def names(self) -> list[str]: ...

    def get(self, name: str) -> ModelFile: ...


class Loader(Protocol):
    """What is needed of bridge.model_files.loader.ModelLoader."""

    @property
    def busy_with(self) -> str | None: ...

    def load(self, file: ModelFile, asker: Asker) -> None: ...

    def take(self) -> LoadOutcome[Asker] | None: ...


class ModelDesk:
    """One thread uses it."""

    def __init__(self, catalogue: Catalogue, loader: Loader, playing: str | None = None) -> None:
        """`playing`: the name in the catalogue of the model that plays; None: it has none there."""
        self._catalogue, self._loader = catalogue, loader
        self.playing = playing
        self._ready: Loaded[Asker] | None = None
        self._not_before: float | None = None  # song position

    def names(self) -> Sequence[str]:
        return self._catalogue.names()

    def find(self, name: str) -> ModelFile:
        """The model of that name. Raises UnknownModel or BadModel."""
        return self._catalogue.get(name)

    def order(self, file: ModelFile, request_id: int, source: Address) -> None:
        """Open it in the background."""
        self._loader.load(file, Asker(request_id, source))

    @property
    def loading(self) -> str | None:
        """The model that is being opened, or waits for its bar line."""
        return self._loader.busy_with if self._ready is None else self._ready.order.file.name

    def outcomes(self) -> list[LoadOutcome[Asker]]:
        """Orders that came to nothing; one that did well waits for its bar line."""
        failed: list[LoadOutcome[Asker]] = []
        while (outcome := self._loader.take()) is not None:
            if isinstance(outcome, Loaded):
                if self._ready is not None:
                    failed.append(LoadOvertaken(self._ready.order))
                self._ready, self._not_before = outcome, None
            else:
                failed.append(outcome)
        return failed

    def due(self, song: Song, now: float, streaming: bool) -> Loaded[Asker] | None:
        """The model whose bar line has come; without a stream, at once."""
        ready = self._ready
        if ready is None:
            return None
        if streaming and song.playing:
            beat = song.beat_at(now)
            if self._not_before is None or self._not_before - beat > song.metre.beats_per_bar:
                self._not_before = song.next_bar(beat)
            if beat < self._not_before:
                return None
        self._ready = None
        return ready

    def next_time(self, song: Song) -> float | None:
        """When due has to be asked again, in clock seconds."""
        return None if self._ready is None or self._not_before is None else song.time_of(self._not_before)
