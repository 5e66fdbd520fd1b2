"""Quotients of counts, nan where there was nothing to count."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
PerTrack = tuple[float, ...]


def ratio(part: Any, whole: Any) -> Values:
    """part / whole, of counts of any equal shape; nan where `whole` is 0."""
    whole = np.asarray(whole)
    return np.where(whole > 0, np.asarray(part) / np.maximum(whole, 1), np.nan)


def mean_where(values: NDArray[Any], where: NDArray[np.bool_], axis: int | tuple[int, ...]) -> Values:
    """The mean of the values that count; nan where none does."""
    return ratio(np.where(where, values, 0).sum(axis=axis), where.sum(axis=axis))


def as_tuple(values: NDArray[Any]) -> PerTrack:
    """A dataclass's form of a value a track, or a value a pair of tracks."""
    return tuple(float(value) for value in values)


def for_json(value: Any) -> Any:
    """Dataclass fields as JSON holds them: None for nan, lists for tuples."""
    if isinstance(value, dict):
        return {key: for_json(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [for_json(entry) for entry in value]
    return None if isinstance(value, float) and np.isnan(value) else value
