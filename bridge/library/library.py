"""The library as the bridge uses it: latents, history and settings, all in one file."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from bridge.library.history import History
from bridge.library.history_table import HistoryTable, read_history
from bridge.library.latents import LatentLibrary
from bridge.library.settings_store import SettingsStore, read_settings
from bridge.library.sqlite_file import connect_existing, translated
from bridge.library.writer import LibraryWriter, WriterState


class Library:
    """Belongs to the thread that opened it. `notice` is a sentence for the musician if something was damaged.

    A change of `latents` is on the disk when its method returns. `history` and `settings` never wait for the disk:
    a thread saves them well within a second and at close; `writing` tells how that goes.
    """

    notice: str | None
    latents: LatentLibrary
    history: History
    settings: SettingsStore
    _writer: LibraryWriter | None

    def __init__(self, path: Path) -> None:
        """Opens the file, or makes it and its folders. Raises StorageError if that cannot be done."""
        path = path.absolute()
        self.latents = LatentLibrary(path)
        wake = threading.Event()
        try:
            with translated(str(path)), closing(connect_existing(path)) as connection:
                connection.text_factory = _decoded
                self.history, history_notice = read_history(connection, wake.set)
                self.settings = SettingsStore(read_settings(connection), wake.set)
        except BaseException:
            self.latents.close()
            raise
        self.notice = " ".join(notice for notice in (self.latents.notice, history_notice) if notice) or None
        self._writer = LibraryWriter(path, (HistoryTable(self.history), self.settings), wake)
        self._writer.start()

    @classmethod
    def in_memory(cls) -> Self:
        """A library that is gone when it is closed."""
        library = cls.__new__(cls)
        library.latents = LatentLibrary.in_memory()
        library.history, library.settings = History(), SettingsStore()
        library.notice = library._writer = None
        return library

    @property
    def writing(self) -> WriterState:
        """How the saving of history and settings goes. Any thread may ask."""
        return WriterState(0, 0, None, False) if self._writer is None else self._writer.state()

    def close(self, timeout: float = 2.0) -> bool:
        """Saves what is unsaved and closes the file. False if that did not succeed within `timeout` seconds."""
        saved = self._writer is None or self._writer.close(timeout)
        self.latents.close()
        return saved

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _decoded(text: bytes) -> str:
    """Text that is damaged is still read, as text that no check lets pass."""
    return text.decode("utf-8", "surrogateescape")
