"""Latents as JSON: what is written is read again bit for bit, and what is hostile is refused in a sentence."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from bridge.library import SavedLatent, transfer
from bridge.library.latent_json import MAX_CELLS, MAX_PICTURE_BYTES, MAX_VALUES, TransferError
from bridge.library.transfer import read_latents, write_latents
from bridge.pianoroll import Roll
from tests.bridge.library.examples import a_latent, a_picture, a_roll, assert_same


def written(*latents: SavedLatent) -> bytes:
    file = io.BytesIO()
    assert write_latents(latents, file) == len(latents)
    return file.getvalue()


def read(contents: bytes) -> list[SavedLatent]:
    return read_latents(io.BytesIO(contents))


def test_what_is_exported_is_imported_bit_for_bit() -> None:
    latents = [
        a_latent("verse", seed=1, roll=a_roll(), picture=a_picture()),
        a_latent("no roll 🎸 \"'\\", seed=2),
        SavedLatent("extremes", "h", np.array([0.1, -0.0, 3.4e38, 1e-45], dtype=np.float32), None, 0.0),
    ]
    for read_again, latent in zip(read(written(*latents)), latents, strict=True):
        assert_same(read_again, latent)


@given(
    values=arrays(
        np.float32,
        array_shapes(max_dims=1, max_side=40),
        elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
    ),
    roll=st.none() | arrays(np.bool_, array_shapes(min_dims=4, max_dims=4, max_side=5)),
    microseconds=st.integers(-(10**15), 10**16),
)
@settings(max_examples=80, deadline=None)
def test_any_latent_comes_back(
    values: np.ndarray[tuple[int], np.dtype[np.float32]], roll: Roll | None, microseconds: int
) -> None:
    latent = SavedLatent("any", "hash", values, roll, microseconds / 1e6)
    (again,) = read(written(latent))
    assert again.saved_at == pytest.approx(latent.saved_at, abs=2e-6)
    assert_same(again, SavedLatent("any", "hash", values, roll, again.saved_at))


def test_no_latents_are_a_file_too() -> None:
    assert read(written()) == []


def test_the_form_is_the_documented_one() -> None:
    latent = SavedLatent(
        "verse",
        "ab" * 32,
        np.array([1.0, -0.5], dtype=np.float32),
        np.array([1, 0, 0, 0, 0, 0, 0, 0, 1, 1], dtype=np.bool_).reshape(1, 1, 2, 5),
        1_772_368_200.25,
    )
    assert json.loads(written(latent)) == {
        "format": "maisynth latents",
        "version": 1,
        "latents": [
            {
                "name": "verse",
                "model_hash": "ab" * 32,
                "values": b64encode(bytes.fromhex("0000803f000000bf")).decode(),
                "roll": {"shape": [1, 1, 2, 5], "bits": b64encode(bytes([0b10000000, 0b11000000])).decode()},
                "saved_at": "2026-03-01T12:30:00.250000+00:00",
            }
        ],
    }


def test_the_file_is_ascii_with_a_line_a_latent() -> None:
    contents = written(a_latent("schön"), a_latent("b"), a_latent("c"))
    assert contents.isascii()
    assert len(contents.splitlines()) == 3 + 2


def test_what_others_write_is_read_too() -> None:
    contents = json.loads(written(a_latent("verse")))
    contents["latents"][0] |= {"saved_at": "2026-03-01T13:30:00+01:00", "comment": "mine"}
    (latent,) = read(b"\xef\xbb\xbf" + json.dumps(contents, ensure_ascii=False, indent=2).encode())
    assert latent.saved_at == 1_772_368_200.0
    contents["latents"][0]["saved_at"] = "2026-03-01T12:30:00Z"
    assert read(json.dumps(contents).encode())[0].saved_at == 1_772_368_200.0


@pytest.mark.parametrize("saved_at", [1e300, float("nan"), float("inf"), -1e15])
def test_a_latent_with_a_date_of_no_calendar_is_told(saved_at: float) -> None:
    values = np.zeros(2, dtype=np.float32)
    with pytest.raises(TransferError, match=r"'verse': saved_at: .* seconds are no date"):
        write_latents([SavedLatent("verse", "hash", values, None, saved_at)], io.BytesIO())


def encoded(raw: bytes) -> str:
    return b64encode(raw).decode()


BAD_LATENTS: dict[str, tuple[Any, str]] = {
    "no object": (["verse"], r"latent 2 of the file: it is \['verse'\], expected an object"),
    "null": (None, "latent 2 of the file: it is None, expected an object"),
    "no name": ({"name": ...}, "latent 2 of the file: name is missing"),
    "a number for a name": ({"name": 3}, "latent 2 of the file: name is 3, expected text"),
    "an empty name": ({"name": ""}, "the name has 0 characters"),
    "a control character in the name": ({"name": "a\nb"}, "control character"),
    "half a letter in the name": ({"name": "\ud800"}, "control character"),
    "a name without end": ({"name": "x" * 10_000}, "the name has 10000 characters"),
    "no model": ({"model_hash": ...}, "'verse': model_hash is missing"),
    "a list for a model": ({"model_hash": [1, 2]}, r"model_hash is \[1, 2\], expected text"),
    "an empty model": ({"model_hash": ""}, "model_hash has 0 characters"),
    "no values": ({"values": ...}, "'verse': values is missing"),
    "numbers for values": ({"values": [0.5] * 128}, "values is a list of 128, expected text"),
    "no numbers in the values": ({"values": ""}, "values are 0 bytes"),
    "half a number in the values": ({"values": encoded(b"\0" * 6)}, "values are 6 bytes, expected four"),
    "values that are no base64": ({"values": "AAAA*AA=="}, r"values is 'AAAA\*AA==', expected base64"),
    "values of other letters": ({"values": "ÄÄÄÄ"}, "expected base64"),
    "values that are not finite": ({"values": encoded(np.float32(np.nan).tobytes())}, "no finite number"),
    "too many values": ({"values": "A" * (4 * MAX_VALUES * 2)}, "expected base64 of at most 4194304 bytes"),
    "a list for a roll": ({"roll": []}, r"roll is \[\], expected an object"),
    "an empty roll": ({"roll": {}}, r"roll.shape is None, expected \[bars"),
    "a roll without bits": ({"roll": {"shape": [1, 1, 1, 1]}}, "bits is missing"),
    "a roll in three dimensions": ({"roll": {"shape": [1, 1, 8], "bits": "AA=="}}, r"roll.shape is \[1, 1, 8\]"),
    "a side of none": ({"roll": {"shape": [0, 1, 1, 1], "bits": ""}}, "all above 0"),
    "sides below none": ({"roll": {"shape": [-1, -1, 1, 8], "bits": "AA=="}}, "all above 0"),
    "sides that are not whole": ({"roll": {"shape": [1.0, 1, 1, 8], "bits": "AA=="}}, "all above 0"),
    "sides that are true": ({"roll": {"shape": [True, True, True, 8], "bits": "AA=="}}, "all above 0"),
    "a gigantic roll": ({"roll": {"shape": [2**62, 2**62, 1, 1], "bits": ""}}, f"expected at most {MAX_CELLS}"),
    "bits that do not fill": ({"roll": {"shape": [1, 1, 3, 3], "bits": "AA=="}}, "1 bytes for 9 cells"),
    "bits that overflow": ({"roll": {"shape": [1, 1, 2, 4], "bits": "AAA="}}, "2 bytes for 8 cells"),
    "a picture that is none": ({"picture": encoded(b"GIF89a")}, "picture is no PNG"),
    "a picture that is null": ({"picture": None}, "picture is None, expected text"),
    "a gigantic picture": ({"picture": "A" * (MAX_PICTURE_BYTES * 2)}, "expected base64 of at most 4194304"),
    "no date": ({"saved_at": ...}, "'verse': saved_at is missing"),
    "a number for a date": ({"saved_at": 1_700_000_000}, "saved_at is 1700000000, expected text"),
    "a date of no calendar": ({"saved_at": "2026-02-30T00:00:00Z"}, "saved_at is .*, expected a date such as"),
    "a date without a zone": ({"saved_at": "2026-02-03T00:00:00"}, "end it with Z for UTC"),
}


@pytest.mark.parametrize("case", BAD_LATENTS)
def test_a_bad_latent_is_refused_with_its_name_and_the_reason(case: str) -> None:
    change, message = BAD_LATENTS[case]
    contents = json.loads(written(a_latent("intro"), a_latent("verse", roll=a_roll())))
    table = contents["latents"][1]
    if isinstance(change, dict):
        for key, value in change.items():
            table[key] = value
            if value is ...:
                del table[key]
    else:
        contents["latents"][1] = change
    with pytest.raises(TransferError, match=message) as caught:
        read(json.dumps(contents).encode())
    assert len(str(caught.value)) < 600


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no JSON"),
    "noise": (b"\x89PNG\xff\xfe\0", "no JSON"),
    "half a file": (b'{"format": "maisynth latents", "version": 1, "latents": [{"na', "no JSON"),
    "a list": (b"[]", "the file's format is not 'maisynth latents'"),
    "something else": (b'{"version": 1, "latents": []}', "the file's format is not"),
    "a newer version": (b'{"format": "maisynth latents", "version": 2, "latents": []}', "is 2, this bridge reads 1"),
    "true for a version": (b'{"format": "maisynth latents", "version": true, "latents": []}', "version is True"),
    "no version": (b'{"format": "maisynth latents", "latents": []}', "version is None"),
    "no latents": (b'{"format": "maisynth latents", "version": 1}', "latents are no list"),
    "an object of latents": (b'{"format": "maisynth latents", "version": 1, "latents": {}}', "latents are no list"),
    "deep nesting": (b"[" * 1_000_000, "nested too deeply"),
    "a number without end": (b'{"version": ' + b"1" * 10_000 + b"}", "no JSON"),
    "no number": (b'{"format": "maisynth latents", "version": NaN}', "NaN is no number of JSON"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_what_is_no_export_is_refused_in_a_sentence(case: str) -> None:
    contents, message = BAD_FILES[case]
    with pytest.raises(TransferError, match=message) as caught:
        read(contents)
    assert len(str(caught.value)) < 300


def test_one_name_twice_in_a_file_is_refused() -> None:
    with pytest.raises(TransferError, match="'verse' is there 2 times"):
        read(written(a_latent("verse"), a_latent("chorus"), a_latent("verse", seed=1)))


def test_sizes_have_bounds_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = written(a_latent("a"), a_latent("b"))
    monkeypatch.setattr(transfer, "MAX_LATENTS", 1)
    with pytest.raises(TransferError, match="export fewer at a time"):
        written(a_latent("a"), a_latent("b"))
    with pytest.raises(TransferError, match="no list of at most 1"):
        read(contents)
    monkeypatch.setattr(transfer, "MAX_LATENTS", 2)
    monkeypatch.setattr(transfer, "MAX_BYTES", len(contents) - 1)
    with pytest.raises(TransferError, match="export fewer at a time"):
        written(a_latent("a"), a_latent("b"))
    with pytest.raises(TransferError, match="larger than expected"):
        read(contents)


WHOLE = written(a_latent("verse", roll=a_roll()))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
KEYS = st.sampled_from(["name", "model_hash", "values", "roll", "picture", "saved_at"])


@given(
    changes=st.dictionaries(KEYS, JSON_VALUES, max_size=3),
    in_roll=st.dictionaries(st.sampled_from(["shape", "bits"]), JSON_VALUES),
)
@settings(max_examples=300, deadline=None)
def test_no_json_does_more_than_be_refused(changes: dict[str, Any], in_roll: dict[str, Any]) -> None:
    contents = json.loads(WHOLE)
    contents["latents"][0]["roll"] |= in_roll
    contents["latents"][0] |= changes
    with suppress(TransferError):
        read(json.dumps(contents).encode())


@given(cut=st.integers(0, len(WHOLE)), noise=st.binary(max_size=8), skip=st.integers(0, 20))
@settings(max_examples=300, deadline=None)
def test_no_bytes_do_more_than_be_refused(cut: int, noise: bytes, skip: int) -> None:
    with suppress(TransferError):
        read(WHOLE[:cut] + noise + WHOLE[cut + skip :])
