"""The bytes of an .onnx file to a contract, or to a sentence that says why not: without opening the model.

A session takes a tenth of a second to open and is ONNX Runtime's own; what it makes of a file is tested by example
(tests/bridge/model_files/test_hostile_models.py).
"""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

from bridge.contract import METADATA_KEY, ContractError, from_metadata, to_metadata
from bridge.model_files.encoder_file import to_metadata as encoder_metadata
from bridge.model_files.model_file import read_contract
from bridge.model_files.onnx_metadata import NotOnnx, read_metadata
from tests.a_band import a_band

_MODEL = "model.onnx"


def target(data: bytes) -> None:
    path = Path(_folder().name) / _MODEL
    path.write_bytes(data)
    contract, problem = read_contract(path)
    assert (contract is None) != (problem is None), "either a contract or the reason why there is none"
    assert problem is None or problem.startswith(_MODEL), "the sentence has to name the file"
    try:
        metadata = read_metadata(path)
    except NotOnnx:
        assert contract is None
        return
    assert all(isinstance(text, str) for item in metadata.items() for text in item)
    try:
        assert from_metadata(metadata) == contract
    except (ContractError, ValueError, RecursionError):
        assert contract is None


def seeds() -> list[bytes]:
    """Files of a few fields, as protobuf has them; the weights are a field that is passed over."""
    band = _entry(METADATA_KEY, to_metadata(a_band())[METADATA_KEY])
    version, graph = bytes([1 << 3, 10]), _field(7, bytes(40))
    odd = bytes([0xA0, 6, 7]) + b"\xad\x06ABCD" + b"\xa9\x06ABCDEFGH"  # a varint, 32 and 64 bits
    encoder = b"".join(_entry(key, text) for key, text in encoder_metadata("0" * 64).items())
    return [
        version + graph + band,
        band + odd + graph,
        version + encoder,
        band + _entry(METADATA_KEY, json.dumps({"version": 1})),
        _entry("a", "") + _field(14, b""),
        b"",
    ]


def _entry(key: str, text: str) -> bytes:
    return _field(14, _field(1, key.encode()) + _field(2, text.encode()))


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    return bytes([value & 0x7F | 0x80]) + _varint(value >> 7) if value >= 0x80 else bytes([value])


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()
