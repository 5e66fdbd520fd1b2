from __future__ import annotations

import contextlib
import os
import random
from pathlib import Path

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper

from bridge.contract import METADATA_KEY, from_metadata
from bridge.generator import Generator
from bridge.model_files.model_file import read_contract
from bridge.model_files.onnx_metadata import MAX_FIELDS, MAX_METADATA_BYTES, NotOnnx, read_metadata
from bridge.paths import EMBEDDED_MODEL


@pytest.mark.parametrize("embedded", [True, False])
def test_it_reads_what_onnx_runtime_reads(embedded: bool, tiny_model: Path) -> None:
    path = EMBEDDED_MODEL if embedded else tiny_model
    assert from_metadata(read_metadata(path)) == Generator(path, "cpu").contract


def test_metadata_is_found_whatever_stands_before_and_after_it(tmp_path: Path) -> None:
    model = onnx.ModelProto(ir_version=10, doc_string="x" * 300)
    helper.set_model_props(model, {"first": "Ärger ♪", "second": "", "third": "y" * 70_000})
    path = tmp_path / "model.onnx"
    # Fields may come in any order; unknown ones of every wire type are passed over.
    unknown = bytes([100 << 3 & 0x7F | 0x80, 6, 7]) + b"\xad\x06ABCD" + b"\xa9\x06ABCDEFGH"
    path.write_bytes(unknown + model.SerializeToString() + unknown)
    assert read_metadata(path) == {"first": "Ärger ♪", "second": "", "third": "y" * 70_000}


def test_every_truncation_of_a_model_is_refused_or_lacks_the_contract(tiny_model: Path, tmp_path: Path) -> None:
    whole = tiny_model.read_bytes()
    path = tmp_path / "half.onnx"
    places = {*range(0, 100), *range(len(whole) - 1200, len(whole)), *range(0, len(whole), 40_000)}
    path.write_bytes(whole)
    for length in sorted(places, reverse=True):
        os.truncate(path, length)
        contract, problem = read_contract(path)
        assert contract is None
        assert problem is not None
        # Between two fields a cut does not show, but then the contract is not among them.
        assert any(says in problem for says in ("too early", "in the middle", "is empty", "has no 'maisynthesizer."))


def field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"these are not weights", "no protobuf field|too early"),
        (bytes([7 << 3 | 2]) + b"\xff" * 20, "longer than 10 bytes"),
        (bytes([7 << 3 | 2]) + varint(2**63), "too early"),
        (b"\x00\x00", "no protobuf field"),
        (bytes([14 << 3 | 3]), "no protobuf field"),
        (field(14, field(1, b"\xff\xfe")), "not UTF-8"),
        (field(14, bytes([1 << 3 | 2]) + varint(9) + b"short"), "too early"),
        (field(14, field(2, b"x" * (MAX_METADATA_BYTES + 1))), "larger than"),
        (field(14, field(2, b"x" * 1000)) * 1100, "larger than"),
        (bytes([1 << 3, 1]) * (MAX_FIELDS + 1), "more than"),
    ],
)
def test_what_is_no_model_is_refused_with_the_reason(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.onnx"
    path.write_bytes(content)
    with pytest.raises(NotOnnx, match=says):
        read_metadata(path)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise_anything_else(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.onnx"
    path.write_bytes(content)
    with contextlib.suppress(NotOnnx):
        assert all(isinstance(value, str) for value in read_metadata(path).values())


def test_a_damaged_model_is_a_problem_not_an_error(tiny_model: Path, tmp_path: Path) -> None:
    rng = random.Random(0)
    whole = tiny_model.read_bytes()
    path = tmp_path / "damaged.onnx"
    for _ in range(200):
        content = bytearray(whole[-1500:])  # the weights are skipped anyway
        for _ in range(5):
            content[rng.randrange(len(content))] = rng.randrange(256)
        path.write_bytes(content)
        contract, problem = read_contract(path)
        assert (contract is None) == (problem is not None)


@pytest.mark.parametrize("text", ["[" * 100_000, "{" * 10, '{"version": ' + "9" * 5000 + "}", "[]", "nonsense"])
def test_hostile_json_is_a_problem_not_an_error(text: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.onnx"
    path.write_bytes(field(14, field(1, METADATA_KEY.encode()) + field(2, text.encode())))
    contract, problem = read_contract(path)
    assert contract is None
    assert problem is not None
    assert problem.startswith("hostile.onnx cannot be played: ")


def test_a_file_that_is_gone_is_a_problem(tmp_path: Path) -> None:
    assert read_contract(tmp_path / "gone.onnx") == (None, "gone.onnx cannot be read: No such file or directory")
