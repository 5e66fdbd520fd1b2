"""The latents a musician saved, by name: the changes that a musician asked for are on the disk when they return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from bridge.library.near_names import nearest_names
from bridge.library.opening import open_existing, open_in_memory, open_or_make
from bridge.library.packing import pack_roll, pack_values, unpack_roll, unpack_values
from bridge.library.saved_latent import LatentSummary, SavedLatent, check_latent, check_name
from bridge.library.sqlite_file import Connection, transaction, translated
from bridge.library.storage_errors import LatentExists, StorageError, UnknownLatent

IfTaken = Literal["refuse", "replace", "keep"]

# An upsert: OR REPLACE would delete the old row without the triggers that count (schema.py).
_SAVE = """INSERT INTO latents (name, model_hash, latent, roll, roll_shape, saved_at, picture)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET model_hash = excluded.model_hash, latent = excluded.latent, roll = excluded.roll,
    roll_shape = excluded.roll_shape, saved_at = excluded.saved_at, picture = excluded.picture"""
_AFTER = "SELECT name FROM latents WHERE name >= ? ORDER BY name LIMIT ?"
_BEFORE = "SELECT name FROM latents WHERE name < ? ORDER BY name DESC LIMIT ?"
_FOLLOWING = "SELECT name FROM latents WHERE name > ? ORDER BY name LIMIT ?"
_PAGE = 1000
_SHOWN_NAMES = 5  # of many in an error


class LatentLibrary:
    """Saved latents by name. Belongs to the thread that opened it (in another one SQLite refuses every call).

    Every change is on the disk when its method returns, or did not happen. Methods raise StorageError where the file
    cannot be read or written, and ValueError for a name that check_name refuses. `notice` is a sentence for the
    musician if opening had to move a damaged file aside, else None.
    """

    notice: str | None
    _file: str
    _connection: Connection

    def __init__(self, path: Path) -> None:
        """Opens the file, or makes it and its folders. Raises StorageError if that cannot be done."""
        path = path.absolute()
        self._take(*open_or_make(path), str(path))

    @classmethod
    def of_existing(cls, path: Path) -> Self:
        """The library in a file that is there and whole. Raises StorageError; makes nothing and moves nothing."""
        library = cls.__new__(cls)
        library._take(open_existing(path.absolute()), None, str(path.absolute()))
        return library

    @classmethod
    def in_memory(cls) -> Self:
        """A library that is gone when it is closed."""
        library = cls.__new__(cls)
        library._take(open_in_memory(), None, ":memory:")
        return library

    def save(self, latent: SavedLatent) -> None:
        """Keeps the latent, in place of one of the same name. Raises ValueError for what check_latent refuses."""
        check_latent(latent)
        with translated(self._file):
            self._connection.execute(_SAVE, _row(latent))

    def save_all(self, latents: Sequence[SavedLatent], if_taken: IfTaken = "refuse") -> list[str]:
        """Keeps all of them or, after an error, none. Returns the names that were taken, sorted.

        A latent whose name is taken is refused with all the others (LatentExists names them), replaces the one that
        is there, or is left out so that the other is kept. Raises ValueError for what check_latent refuses, or for
        two latents of one name.
        """
        for latent in latents:
            check_latent(latent)
        names = Counter(latent.name for latent in latents)
        if len(names) < len(latents):
            raise ValueError(f"more than one latent is named {_listed(name for name in names if names[name] > 1)}")
        with translated(self._file), transaction(self._connection):
            taken = sorted(name for name in names if self._has(name))
            if taken and if_taken == "refuse":
                raise LatentExists(f"the library already has {_listed(taken)}")
            left_out = frozenset(taken if if_taken == "keep" else ())
            self._connection.executemany(_SAVE, (_row(latent) for latent in latents if latent.name not in left_out))
        return taken

    def get(self, name: str) -> SavedLatent:
        """The latent of that name, its arrays new. Raises UnknownLatent."""
        check_name(name)
        with translated(self._file):
            query = "SELECT model_hash, latent, roll, roll_shape, saved_at, picture FROM latents WHERE name = ?"
            row = self._connection.execute(query, (name,)).fetchone()
        if row is None:
            raise self._unknown(name)
        model_hash, values, roll, shape, saved_at, picture = row
        try:
            return SavedLatent(name, model_hash, unpack_values(values), unpack_roll(roll, shape), saved_at, picture)
        except (ValueError, TypeError) as error:
            raise StorageError(f"{self._file}: the entry {name!r} is damaged ({error}): save it anew") from error

    def names(self) -> list[str]:
        """Every name, in order of its code points."""
        with translated(self._file):
            return [name for (name,) in self._connection.execute("SELECT name FROM latents ORDER BY name")]

    def each_name(self) -> Iterator[str]:
        """The same one after the other, the first of a million at once; what changes meanwhile may be missed."""
        last = ""
        while True:
            with translated(self._file):
                page = self._connection.execute(_FOLLOWING, (last, _PAGE)).fetchall()
            yield from (name for (name,) in page)
            if len(page) < _PAGE:
                return
            (last,) = page[-1]

    def summaries(self) -> list[LatentSummary]:
        """What a list shows of every latent, in the order of names."""
        with translated(self._file):
            rows = self._connection.execute("SELECT name, model_hash, saved_at FROM latents ORDER BY name")
            return [LatentSummary(*row) for row in rows]

    def count(self) -> int:
        """How many latents there are: as fast for a million as for ten."""
        with translated(self._file):
            (count,) = self._connection.execute("SELECT total(latents) FROM latents_of_model").fetchone()
            return int(count)

    @property
    def changes(self) -> int:
        """How often something was changed since the file was opened: the same as long as no latent is another."""
        return self._connection.total_changes

    def knows_model(self, model_hash: str) -> bool:
        """Whether a latent of that model is there."""
        with translated(self._file):
            query = "SELECT 1 FROM latents_of_model WHERE model_hash = ?"
            return self._connection.execute(query, (model_hash,)).fetchone() is not None

    def delete(self, name: str) -> None:
        """Forgets the latent. Raises UnknownLatent."""
        check_name(name)
        with translated(self._file):
            deleted = self._connection.execute("DELETE FROM latents WHERE name = ?", (name,)).rowcount
        if deleted == 0:
            raise self._unknown(name)

    def rename(self, old: str, new: str) -> None:
        """Gives the latent `old` the name `new`. Raises UnknownLatent for `old`, LatentExists if `new` is taken."""
        check_name(old)
        check_name(new)
        with translated(self._file):
            query = "UPDATE OR IGNORE latents SET name = ? WHERE name = ?"
            if self._connection.execute(query, (new, old)).rowcount:
                return
            found = self._has(old)
        if not found:
            raise self._unknown(old)
        raise LatentExists(f"{old!r} cannot become {new!r}: another latent has that name")

    def close(self) -> None:
        """Closes the file; a second call does nothing."""
        with translated(self._file):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _take(self, connection: Connection, notice: str | None, file: str) -> None:
        self._connection, self.notice, self._file = connection, notice, file

    def _has(self, name: str) -> bool:
        query = "SELECT 1 FROM latents WHERE name = ?"
        return self._connection.execute(query, (name,)).fetchone() is not None

    def _beside(self, name: str, count: int) -> list[str]:
        """So many names from this one on, and as many before it, in the order of code points."""
        with translated(self._file):
            found = (self._connection.execute(query, (name, count)).fetchall() for query in (_BEFORE, _AFTER))
            return [name for rows in found for (name,) in rows]

    def _unknown(self, name: str) -> UnknownLatent:
        count = self.count()
        nearest = nearest_names(name, count, self.names, self._beside)
        if nearest:
            return UnknownLatent(f"no latent is named {name!r}; the nearest: {', '.join(map(repr, nearest))}")
        if count:
            return UnknownLatent(f"no latent is named {name!r}, nor anything near it; {count} have other names")
        return UnknownLatent(f"no latent is named {name!r}: none has been saved yet")


def _row(latent: SavedLatent) -> tuple[str, str, bytes, bytes | None, str | None, float, bytes | None]:
    roll, shape = pack_roll(latent.roll)
    return (latent.name, latent.model_hash, pack_values(latent.values), roll, shape, latent.saved_at, latent.picture)


def _listed(names: Iterable[str]) -> str:
    """The first names, and how many more there are."""
    every = sorted(names)
    more = f" and {len(every) - _SHOWN_NAMES} more" if len(every) > _SHOWN_NAMES else ""
    return ", ".join(map(repr, every[:_SHOWN_NAMES])) + more
