"""What the bridge remembers from day to day of what was played and set: undo, redo, settings."""

from __future__ import annotations

from bridge.contract import ModelContract
from bridge.engine.piece import Piece
from bridge.engine.piece_values import BadValues, piece_to_values, values_to_piece
from bridge.library import History, HistoryEntry, SettingsStore
from bridge.protocol.arguments import Value

GESTURE_SECONDS = 2.0  # morphs that follow each other faster are one step of undo


class OfAnotherModel(ValueError):
    """A step that another model played; the message says so."""


class Memory:
    """One thread uses it; nothing here waits for the disk."""

    def __init__(self, history: History, settings: SettingsStore) -> None:
        self._history, self._settings = history, settings
        self._last_label, self._last_time = "", 0.0

    def remember(self, piece: Piece, label: str, contract: ModelContract, time: float) -> None:
        """A step that undo goes back from; an empty label is none. `time` in Unix seconds."""
        if not label:
            self._last_label = ""
            return
        if label == "morph" == self._last_label and time - self._last_time < GESTURE_SECONDS:
            self._history.undo()  # the gesture goes on: its end takes the place of what it was on the way
        self._history.push(HistoryEntry(piece_to_values(piece, contract), contract.model_hash, label, time))
        self._last_label, self._last_time = label, time

    def undo(self, contract: ModelContract) -> Piece | None:
        """What played before; None at the beginning. Raises OfAnotherModel, and then stays where it is."""
        entry = self._history.undo()
        try:
            return None if entry is None else _piece(entry, contract)
        except OfAnotherModel:
            self._history.redo()
            raise

    def redo(self, contract: ModelContract) -> Piece | None:
        """What was undone last; None where nothing is. Raises OfAnotherModel, and then stays where it is."""
        entry = self._history.redo()
        try:
            return None if entry is None else _piece(entry, contract)
        except OfAnotherModel:
            self._history.undo()
            raise

    @property
    def steps(self) -> tuple[int, int]:
        """How often undo, and how often redo, has something to go to."""
        return self._history.undo_steps, self._history.redo_steps

    def last_played(self, contract: ModelContract) -> Piece | None:
        """What the last run ended with, if this model played it."""
        entry = self._history.current
        try:
            return None if entry is None else _piece(entry, contract)
        except OfAnotherModel:
            return None

    def keep_setting(self, name: str, value: Value) -> None:
        """Keep a setting's value."""
        self._settings.save(name, value)


def _piece(entry: HistoryEntry, contract: ModelContract) -> Piece:
    if entry.model_hash != contract.model_hash:
        raise OfAnotherModel(
            f"that step was played by model {entry.model_hash[:12]}, {contract.model_hash[:12]} plays now: load that "
            "model to go back to it"
        )
    try:
        return values_to_piece(entry.values, contract)
    except BadValues as problem:
        raise OfAnotherModel(f"that step of the history cannot be read: {problem}") from problem
