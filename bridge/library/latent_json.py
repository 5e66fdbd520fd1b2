"""One saved latent as JSON, and back. What comes from outside is checked: types, sizes, and that it fits together.

    {
      "name": "verse",
      "model_hash": "ab12…",
      "values": "AACAPwAA…",
      "roll": {"shape": [4, 5, 48, 84], "bits": "AAAB…"},
      "picture": "iVBORw0…",
      "saved_at": "2026-03-01T12:30:00.250000+00:00"
    }

`values` is base64 of little-endian float32: exact by its nature in every language, where decimal numbers are exact
only if writer and reader both take care, and a quarter of their size. `roll`, as it sounded, may be missing: `bits` is
base64 of one bit a cell, in C order of (bars, tracks, steps_per_bar, pitches), the first cell in the highest bit of
the first byte, zeros at the end. `picture`, base64 of a PNG, may be missing. `saved_at` is ISO 8601 with its zone.
Other keys are ignored.
"""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from typing import Any

import numpy as np

from bridge.library.iso_time import from_iso, to_iso
from bridge.library.packing import pack_cells, pack_values, unpack_cells, unpack_values
from bridge.library.saved_latent import PNG_SIGNATURE, SavedLatent, check_name
from bridge.pianoroll import Roll

MAX_VALUES = 1 << 20
MAX_CELLS = 1 << 26
MAX_PICTURE_BYTES = 1 << 22


class TransferError(ValueError):
    """What was to be moved cannot be; the message says what, why, and what was expected."""


def latent_to_json(latent: SavedLatent) -> dict[str, Any]:
    """Raises TransferError for a date that no calendar has."""
    try:
        saved_at = to_iso(latent.saved_at)
    except ValueError as error:
        raise TransferError(f"{latent.name!r}: saved_at: {error}: save the latent anew") from error
    table: dict[str, Any] = {
        "name": latent.name,
        "model_hash": latent.model_hash,
        "values": _encoded(pack_values(latent.values)),
        "saved_at": saved_at,
    }
    if latent.roll is not None:
        table["roll"] = {"shape": list(latent.roll.shape), "bits": _encoded(pack_cells(latent.roll))}
    if latent.picture is not None:
        table["picture"] = _encoded(latent.picture)
    return table


def latent_from_json(table: object, where: str) -> SavedLatent:
    """The reverse. `where` names the latent in an error until its name is known. Raises TransferError."""
    try:
        if not isinstance(table, dict):
            raise TransferError(f"it is {_shown(table)}, expected an object")
        name = _text(table, "name")
        check_name(name)
        where = repr(name)
        model_hash = _text(table, "model_hash")
        check_name(model_hash, "model_hash")
        packed = _bytes(table, "values", 4 * MAX_VALUES)
        if not packed or len(packed) % 4:
            raise TransferError(f"values are {len(packed)} bytes, expected four for each number, and at least one")
        values = unpack_values(packed)
        if not np.isfinite(values).all():
            raise TransferError("values hold what is no finite number")
        picture = _bytes(table, "picture", MAX_PICTURE_BYTES) if "picture" in table else None
        if picture is not None and not picture.startswith(PNG_SIGNATURE):
            raise TransferError("picture is no PNG")
        return SavedLatent(name, model_hash, values, _roll(table), _date(table), picture)
    except ValueError as error:
        raise TransferError(f"{where}: {error}") from error


def _roll(table: dict[str, Any]) -> Roll | None:
    if "roll" not in table:
        return None
    roll = table["roll"]
    if not isinstance(roll, dict):
        raise TransferError(f"roll is {_shown(roll)}, expected an object with shape and bits")
    shape = roll.get("shape")
    # bool is an int to Python, not to JSON
    if not isinstance(shape, list) or len(shape) != 4 or not all(type(side) is int and side > 0 for side in shape):
        raise TransferError(
            f"roll.shape is {_shown(shape)}, expected [bars, tracks, steps_per_bar, pitches], all above 0"
        )
    if math.prod(shape) > MAX_CELLS:
        raise TransferError(f"roll.shape is {_shown(shape)}: {math.prod(shape)} cells, expected at most {MAX_CELLS}")
    bars, tracks, steps, pitches = shape
    return unpack_cells(_bytes(roll, "bits", MAX_CELLS // 8), (bars, tracks, steps, pitches))


def _date(table: dict[str, Any]) -> float:
    text = _text(table, "saved_at")
    try:
        return from_iso(text)
    except (ValueError, OverflowError) as error:
        raise TransferError(
            f"saved_at is {_shown(text)}, expected a date such as 2026-03-01T12:30:00Z ({error})"
        ) from error


def _text(table: dict[str, Any], key: str) -> str:
    if key not in table:
        raise TransferError(f"{key} is missing")
    found = table[key]
    if not isinstance(found, str):
        raise TransferError(f"{key} is {_shown(found)}, expected text")
    return found


def _encoded(packed: bytes) -> str:
    return b64encode(packed).decode("ascii")


def _bytes(table: dict[str, Any], key: str, limit: int) -> bytes:
    text = _text(table, key)
    if len(text) > 4 * -(-limit // 3):
        raise TransferError(f"{key} is {len(text)} characters long, expected base64 of at most {limit} bytes")
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise TransferError(f"{key} is {_shown(text)}, expected base64 ({error})") from error


def _shown(found: object) -> str:
    """What came, short enough for a sentence."""
    if isinstance(found, dict):
        return "an object"
    if isinstance(found, list) and len(found) > 4:
        return f"a list of {len(found)}"
    text = repr(found)
    return text if len(text) <= 60 else f"{text[:60]}…"
