"""The library as the bridge opens it: latents, history and settings in one file, back at the next start."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

from bridge.clock import now
from bridge.library import Library
from bridge.library.settings_store import read_settings
from bridge.library.sqlite_file import connect_existing
from tests.bridge.library.examples import a_latent, an_entry, number_of


def test_a_library_comes_back_with_latents_history_and_settings(path: Path) -> None:
    with Library(path) as library:
        assert library.notice is None
        library.latents.save(a_latent("verse"))
        for number in range(3):
            library.history.push(an_entry(number))
        library.history.undo()
        library.settings.save("threshold", 0.25)
    assert not library.writing.behind
    with Library(path) as library:
        assert library.latents.names() == ["verse"]
        assert library.settings.load() == {"threshold": 0.25}
        assert number_of(library.history.current) == 1
        assert number_of(library.history.redo()) == 2
        assert number_of(library.history.undo()) == 1
        assert number_of(library.history.undo()) == 0


def test_saved_settings_are_on_the_disk_within_a_second_while_the_library_is_open(path: Path) -> None:
    with Library(path) as library, closing(connect_existing(path)) as other:
        library.settings.save("threshold", 0.25)
        begin = now()
        while read_settings(other) != {"threshold": 0.25}:
            assert now() - begin < 10.0  # 0.2 s and a transaction on a quiet machine
            threading.Event().wait(0.01)
        assert library.writing.transactions == 1


def test_a_library_in_memory_needs_no_disk() -> None:
    with Library.in_memory() as library:
        library.latents.save(a_latent("verse"))
        library.history.push(an_entry(1))
        library.settings.save("threshold", 0.25)
        assert library.latents.count() == 1
        assert number_of(library.history.current) == 1
        assert library.settings.load() == {"threshold": 0.25}
        assert (library.writing.errors, library.writing.behind) == (0, False)
        assert library.close()


def test_a_damaged_library_says_so_and_begins_anew(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database")
    with Library(path) as library:
        assert library.notice is not None
        assert "damaged-1" in library.notice
        library.history.push(an_entry(1))
    with Library(path) as library:
        assert library.notice is None
        assert number_of(library.history.current) == 1


def test_closing_a_library_twice_is_harmless(path: Path) -> None:
    library = Library(path)
    library.history.push(an_entry(1))
    assert library.close()
    assert library.close()
