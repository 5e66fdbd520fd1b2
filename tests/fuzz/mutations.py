"""Bytes made from other bytes as a fuzzer makes them, always the same from the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

# What parsers trip over: ends of ranges, signs, and the bytes that mean something to one of the formats.
ODD_BYTES = (0x00, 0x01, 0x7F, 0x80, 0xFF)
ODD_WORDS = (
    *(b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x00\x00\x00"),
    *(b"\x7f\xc0\x00\x00", b"\x7f\x80\x00\x00", b"\xff\x80\x00\x00"),  # NaN and infinities
)
MOST_CHANGES = 4

Mutation = Callable[[random.Random, bytearray], bytearray]


def mutants(seeds: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """Inputs without end. Raises ValueError where there are no seeds."""
    if not seeds:
        raise ValueError("there are no seeds to make anything from, expected at least one")
    rng = random.Random(seed)
    while True:
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.randint(1, MOST_CHANGES)):
            data = rng.choice(_MUTATIONS)(rng, data)
            if rng.random() < 0.05:
                data += rng.choice(seeds)
        yield bytes(data)


def _place(rng: random.Random, data: bytearray) -> int:
    return rng.randrange(len(data) + 1)


def _flip_bit(rng: random.Random, data: bytearray) -> bytearray:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data


def _set_byte(rng: random.Random, data: bytearray) -> bytearray:
    if data:
        data[rng.randrange(len(data))] = rng.choice((*ODD_BYTES, rng.randrange(256)))
    return data


def _set_word(rng: random.Random, data: bytearray) -> bytearray:
    start = _place(rng, data) // 4 * 4
    data[start : start + 4] = rng.choice(ODD_WORDS)
    return data


def _cut(rng: random.Random, data: bytearray) -> bytearray:
    return data[: _place(rng, data)]


def _remove(rng: random.Random, data: bytearray) -> bytearray:
    start = _place(rng, data)
    del data[start : start + rng.choice((1, 2, 4, 8, 16))]
    return data


def _repeat(rng: random.Random, data: bytearray) -> bytearray:
    start = _place(rng, data)
    some = data[start : start + rng.choice((1, 4, 16, 64))]
    data[start:start] = some * rng.choice((1, 2, 30))
    return data


def _insert(rng: random.Random, data: bytearray) -> bytearray:
    start = _place(rng, data)
    data[start:start] = rng.randbytes(rng.choice((1, 4, 8)))
    return data


_MUTATIONS: tuple[Mutation, ...] = (_flip_bit, _set_byte, _set_word, _cut, _remove, _repeat, _insert)
