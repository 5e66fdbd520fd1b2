"""Latents and history entries for tests, and how two of them are compared."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from bridge.library import HistoryEntry, SavedLatent
from bridge.pianoroll import Roll


def a_latent(name: str, seed: int = 0, roll: Roll | None = None, picture: bytes | None = None) -> SavedLatent:
    values = np.random.default_rng(seed).standard_normal(128).astype(np.float32)
    return SavedLatent(name, "ab" * 32, values, roll, 1_700_000_000.25, picture)


def a_roll(seed: int = 1) -> Roll:
    return np.asarray(np.random.default_rng(seed).random((4, 5, 16, 72)) < 0.1)


def a_picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (8, 4), (226, 48, 44)).save(drawn, format="PNG")
    return drawn.getvalue()


def assert_same(heard: SavedLatent, saved: SavedLatent) -> None:
    assert (heard.name, heard.model_hash, heard.saved_at) == (saved.name, saved.model_hash, saved.saved_at)
    assert heard.picture == saved.picture
    assert heard.values.dtype == np.float32
    assert heard.values.tobytes() == saved.values.tobytes()
    if heard.roll is None or saved.roll is None:
        assert heard.roll is saved.roll
    else:
        assert heard.roll.dtype == np.bool_
        np.testing.assert_array_equal(heard.roll, saved.roll)


def an_entry(number: int, size: int = 3) -> HistoryEntry:
    """One that can be told from others: its values are its number."""
    return HistoryEntry(np.full(size, number, dtype=np.float32), "ab" * 32, "generate", float(number))


def number_of(entry: HistoryEntry | None) -> int | None:
    """The number that an_entry was made with."""
    return None if entry is None else int(entry.values[0])
