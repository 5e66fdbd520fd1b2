"""Deflated blocks: back to what they were, and one stream when they follow on each other."""

from __future__ import annotations

import functools
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.collecting.phrase_blocks import END, deflate, inflate, joined_crc


@given(st.binary(max_size=3000))
def test_a_block_is_inflated_to_what_was_deflated(data: bytes) -> None:
    block = deflate(data)
    assert inflate(block) == data
    assert (block.size, block.crc) == (len(data), zlib.crc32(data))


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_blocks_in_a_row_are_one_deflated_stream_with_a_crc_of_its_own(pieces: list[bytes]) -> None:
    blocks = [deflate(piece) for piece in pieces]
    whole = zlib.decompress(b"".join(block.deflated for block in blocks) + END, -zlib.MAX_WBITS)
    assert whole == b"".join(pieces)
    assert functools.reduce(lambda crc, block: joined_crc(crc, block.crc, block.size), blocks, 0) == zlib.crc32(whole)


@pytest.mark.parametrize("size", [0, 1, 10_080, 2**20 + 3])
def test_the_crc_of_two_pieces_is_known_whatever_their_size(size: int) -> None:
    data = np.random.default_rng(2).bytes(size)
    assert joined_crc(zlib.crc32(b"before"), zlib.crc32(data), size) == zlib.crc32(b"before" + data)
    assert joined_crc(zlib.crc32(data), zlib.crc32(b"after"), 5) == zlib.crc32(data + b"after")


def test_phrases_shrink() -> None:
    cells = np.random.default_rng(3).random((20, 80_640)) < 0.02
    block = deflate(np.packbits(cells, axis=1).tobytes())
    assert len(block.deflated) < 0.3 * block.size
