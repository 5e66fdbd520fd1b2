"""The .amxd container: a frozen device, that is the patcher with the files that it needs inside.

    "ampf" <u32le 4> <4 bytes: kind>, then little-endian chunks <4 bytes: name> <u32le size> <data>:
      meta  u32le flags (7: frozen)
      ptch  a big-endian collection:
        "mx@c" <u32 16> <u32 0> <u32 offset of the directory>
        the files' bytes, back to back, the device's patcher first (JSON text, ended by a NUL)
        "dlst" <u32 size>, in it a "dire" <u32 size> for each file, in it fields <4 bytes: name> <u32 size> <value>:
          type, fnam (NUL-padded to a multiple of 4), sz32, of32, vers, flag (17: the patcher), mdat (s since 1904)

All sizes in the collection count their own 8 bytes of head. Layout observed in public devices saved by Max 8 and 9.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MIDI_EFFECT = b"mmmm"
PATCHER_FLAG = 17

_FROZEN = 7
_COLLECTION_HEAD = 16
# Fixed, so that the same description always gives the same bytes: seconds since 1904, somewhere in 2024.
MODIFIED = 3_800_000_000


class AmxdError(ValueError):
    """The bytes are not a frozen device; the message says what came and what was expected."""


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """One file inside a frozen device. `type` is four bytes: JSON for a patcher, TEXT for a script."""

    name: str
    type: bytes
    data: bytes
    flag: int = 0


@dataclass(frozen=True, slots=True)
class Amxd:
    """A frozen device; the first file is its patcher."""

    kind: bytes
    files: tuple[EmbeddedFile, ...]


def to_bytes(device: Amxd) -> bytes:
    """The container's bytes. The reverse of from_bytes."""
    head = b"ampf" + struct.pack("<I", 4) + device.kind
    return head + _chunk(b"meta", struct.pack("<I", _FROZEN)) + _chunk(b"ptch", _collection(device.files))


def from_bytes(data: bytes) -> Amxd:
    """The reverse of to_bytes. Raises AmxdError."""
    if data[:4] != b"ampf" or len(data) < 12:
        raise AmxdError(f"the file starts with {data[:4]!r}, expected b'ampf'")
    chunks = dict(_read_chunks(data, 12, "<", head_counts=False))
    if "ptch" not in chunks:
        raise AmxdError(f"the chunks are {list(chunks)}, expected a 'ptch' among them")
    return Amxd(data[8:12], tuple(_read_collection(chunks["ptch"])))


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data


def _collection(files: Sequence[EmbeddedFile]) -> bytes:
    bodies, directory, offset = b"", b"", _COLLECTION_HEAD
    for file in files:
        directory += _field(b"dire", _directory_entry(file, offset))
        bodies += file.data
        offset += len(file.data)
    return b"mx@c" + struct.pack(">III", _COLLECTION_HEAD, 0, offset) + bodies + _field(b"dlst", directory)


def _directory_entry(file: EmbeddedFile, offset: int) -> bytes:
    name = file.name.encode() + b"\0"
    name += bytes(-len(name) % 4)
    numbers = {b"sz32": len(file.data), b"of32": offset, b"vers": 0, b"flag": file.flag, b"mdat": MODIFIED}
    fields = [(b"type", file.type), (b"fnam", name), *((key, struct.pack(">I", n)) for key, n in numbers.items())]
    return b"".join(_field(key, value) for key, value in fields)


def _field(name: bytes, value: bytes) -> bytes:
    return name + struct.pack(">I", 8 + len(value)) + value


def _read_collection(data: bytes) -> Iterator[EmbeddedFile]:
    if data[:4] != b"mx@c":
        raise AmxdError(f"the patcher starts with {data[:4]!r}, expected b'mx@c': the device is not frozen")
    (directory,) = struct.unpack_from(">I", data, 12)
    for list_name, entries in _read_chunks(data, directory, ">", head_counts=True):
        if list_name != "dlst":
            raise AmxdError(f"after the files comes {list_name!r}, expected 'dlst'")
        for _, entry in _read_chunks(entries, 0, ">", head_counts=True):
            fields = dict(_read_chunks(entry, 0, ">", head_counts=True))
            numbers = {key: struct.unpack(">I", fields[key])[0] for key in ("sz32", "of32", "flag")}
            start = numbers["of32"]
            body = data[start : start + numbers["sz32"]]
            yield EmbeddedFile(fields["fnam"].rstrip(b"\0").decode(), fields["type"], body, numbers["flag"])


def _read_chunks(data: bytes, start: int, order: str, head_counts: bool) -> Iterator[tuple[str, bytes]]:
    """Name and data of each chunk from `start` to the end; `head_counts`: sizes include the 8 bytes of head."""
    while start < len(data):
        (size,) = struct.unpack_from(f"{order}I", data, start + 4)
        end = start + size + (0 if head_counts else 8)
        if not start + 8 <= end <= len(data):
            raise AmxdError(f"the chunk {data[start : start + 4]!r} has the size {size}, which leaves the file")
        yield data[start : start + 4].decode("latin-1"), data[start + 8 : end]
        start = end
