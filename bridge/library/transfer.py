"""Saved latents from one machine to another: a JSON file (UTF-8) of any number of them.

    {"format": "maisynth latents", "version": 1, "latents": [LATENT, …]}

See latent_json.py for what stands for LATENT. No two of them have the same name.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, BinaryIO, NoReturn

from bridge.library.latent_json import TransferError, latent_from_json, latent_to_json
from bridge.library.saved_latent import SavedLatent

FORMAT = "maisynth latents"
VERSION = 1
MAX_BYTES = 1 << 28
MAX_LATENTS = 100_000


def write_latents(latents: Iterable[SavedLatent], out: BinaryIO) -> int:
    """Writes them, one a line; returns how many. Raises TransferError for more than read_latents takes, or OSError."""
    written = out.write(f'{{"format": {json.dumps(FORMAT)}, "version": {VERSION}, "latents": ['.encode())
    count = 0
    for latent in latents:
        line = json.dumps(latent_to_json(latent), separators=(",", ":")).encode("ascii")
        written += out.write((b",\n" if count else b"\n") + line)
        count += 1
        if written > MAX_BYTES - 16 or count > MAX_LATENTS:
            raise TransferError(f"that is more than fits in one file ({_bounds()}): export fewer at a time, by name")
    out.write(b"\n]}\n")
    return count


def read_latents(file: BinaryIO) -> list[SavedLatent]:
    """The reverse. Raises TransferError for anything else than write_latents writes, or OSError."""
    contents = file.read(MAX_BYTES + 1)
    if len(contents) > MAX_BYTES:
        raise TransferError(f"the file is larger than expected ({_bounds()})")
    document = _parsed(contents)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TransferError(f"the file's format is not {FORMAT!r}: expected what `maisynth latents export` writes")
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        raise TransferError(f"the file's version is {str(version)[:20]}, this bridge reads {VERSION}: update the older")
    found = document.get("latents")
    if not isinstance(found, list) or len(found) > MAX_LATENTS:
        raise TransferError(f"the file's latents are no list of at most {MAX_LATENTS}")
    latents = [latent_from_json(table, f"latent {number} of the file") for number, table in enumerate(found, 1)]
    names = Counter(latent.name for latent in latents)
    for name, times in names.items():
        if times > 1:
            raise TransferError(f"{name!r} is there {times} times, expected each name once")
    return latents


def _parsed(contents: bytes) -> Any:
    try:
        return json.loads(contents.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise TransferError("the file is nested too deeply, expected what `maisynth latents export` writes") from error
    except ValueError as error:  # of JSON, of UTF-8, or of a number that is too long
        raise TransferError(f"the file is no JSON ({str(error)[:120]})") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _bounds() -> str:
    return f"{MAX_BYTES >> 20} MiB, {MAX_LATENTS} latents"
