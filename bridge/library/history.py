"""What the band played, with undo and redo: in memory, the truth for the engine. history_table.py keeps it in a file.

An entry's position counts up by one from the oldest that is still known, so that the log has no gap. Positions matter
to the table alone: `unsaved` says what it lacks, `saved` that it has got it.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from bridge.library.saved_latent import check_name

MAX_UNDO_STEPS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class HistoryEntry:
    """Something that the band played."""

    values: NDArray[np.float32]  # (n,): one latent, or a whole piece of them in a row
    model_hash: str
    label: str  # what made it, such as `generate` or `morph`
    played_at: float  # Unix seconds


@dataclass(frozen=True, slots=True)
class HistoryChange:
    """What a table has to do to hold a history as it was at one moment."""

    first: int  # position of the oldest entry; older ones are forgotten
    kept_to: int  # what the table holds up to this position stays, from `first` on; what comes after goes
    entries: tuple[HistoryEntry, ...]  # in their place, from position kept_to + 1 on
    cursor: int  # position of what plays; first - 1: nothing yet
    version: int  # which moment it was

    @property
    def last(self) -> int:
        """Position of the newest entry."""
        return self.kept_to + len(self.entries)


class History:
    """Undo and redo over MAX_UNDO_STEPS. One thread plays, undoes and redoes; another one may save.

    Every step takes the same short time, whatever the disk does. `changed` is called after each, to wake who saves.
    """

    def __init__(
        self,
        played: Sequence[HistoryEntry] = (),
        undone: Sequence[HistoryEntry] = (),
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """With the entries of an earlier run, the oldest first; the last of `played` plays now."""
        self._done = deque(played, maxlen=MAX_UNDO_STEPS + 1)  # the last one plays
        self._undone = deque(reversed(undone))  # the last one is the first to redo
        self._changed = changed
        self._lock = threading.Lock()
        self._cursor = len(self._done)  # position of what plays
        self._saved_to = 0  # up to here a table holds what is here
        self._branched_at = math.inf  # the lowest position after which entries were replaced since `unsaved`
        self._version = self._saved_version = 0

    @property
    def current(self) -> HistoryEntry | None:
        """What plays; None before the first push."""
        return self._done[-1] if self._done else None

    @property
    def undo_steps(self) -> int:
        """How often undo gives an entry, 0 to MAX_UNDO_STEPS."""
        return max(0, len(self._done) - 1)

    @property
    def redo_steps(self) -> int:
        """How often redo gives an entry."""
        return len(self._undone)

    def push(self, entry: HistoryEntry) -> None:
        """What plays from now on; what was undone is dropped. Raises ValueError for what no table could hold.

        The values are copied: the caller may go on with its array.
        """
        if entry.values.ndim != 1 or not math.isfinite(entry.played_at):
            raise ValueError(
                f"values have shape {entry.values.shape} and played_at is {entry.played_at}, "
                "expected (n,) and finite seconds"
            )
        check_name(entry.label, "the label")
        check_name(entry.model_hash, "the model hash")
        values = np.array(entry.values, dtype=np.float32)
        values.flags.writeable = False  # whoever undoes is given this very array
        with self._lock:
            self._saved_to = min(self._saved_to, self._cursor)
            self._branched_at = min(self._branched_at, self._cursor)
            self._undone.clear()
            self._done.append(replace(entry, values=values))
            self._cursor += 1
            self._version += 1
        self._changed()

    def undo(self) -> HistoryEntry | None:
        """One step back: what plays now. None, and no step, at the oldest entry."""
        with self._lock:
            if len(self._done) < 2:
                return None
            self._undone.append(self._done.pop())
            self._cursor -= 1
            self._version += 1
            current = self._done[-1]
        self._changed()
        return current

    def redo(self) -> HistoryEntry | None:
        """One step forward again: what plays now. None, and no step, where nothing is undone."""
        with self._lock:
            if not self._undone:
                return None
            current = self._undone.pop()
            self._done.append(current)
            self._cursor += 1
            self._version += 1
        self._changed()
        return current

    def has_unsaved(self) -> bool:
        return self._version != self._saved_version

    def unsaved(self, everything: bool = False) -> HistoryChange:
        """What a table lacks that got all changes so far that were called saved; `everything`: what an empty one does.

        The next call of unsaved or saved is for this change or a later one.
        """
        with self._lock:
            first, last = self._cursor - len(self._done) + 1, self._cursor + len(self._undone)
            kept_to = first - 1 if everything else max(first - 1, self._saved_to)
            newest_first = chain(self._undone, reversed(self._done))
            entries = tuple(islice(newest_first, last - kept_to))[::-1]
            self._branched_at = math.inf
            return HistoryChange(first, kept_to, entries, self._cursor, self._version)

    def saved(self, change: HistoryChange) -> None:
        """The table holds this change, the last that unsaved gave."""
        with self._lock:
            self._saved_to = int(min(change.last, self._branched_at))
            self._saved_version = change.version
