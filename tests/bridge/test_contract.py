from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from bridge.contract import (
    METADATA_KEY,
    ContractError,
    LatentLayout,
    ModelContract,
    from_metadata,
    key_direction,
    to_metadata,
)


def changed(band: ModelContract, **fields: Any) -> dict[str, str]:
    return {METADATA_KEY: json.dumps(json.loads(to_metadata(band)[METADATA_KEY]) | fields)}


def test_a_contract_is_the_same_after_a_trip_through_metadata(band: ModelContract) -> None:
    assert from_metadata(to_metadata(band)) == band
    grid = replace(band, latent=LatentLayout(song=32, bar=8, track=8, track_bar=4, truncation=3.0))
    assert from_metadata(to_metadata(grid)) == grid
    keyed = replace(band, latent=LatentLayout(song=32, bar=8, track=8, track_bar=4, key=2))
    assert from_metadata(to_metadata(keyed)) == keyed


def test_a_file_from_before_there_were_keys_has_none(band: ModelContract) -> None:
    fields = json.loads(to_metadata(band)[METADATA_KEY])
    del fields["latent"]["key"]
    assert from_metadata({METADATA_KEY: json.dumps(fields)}) == band


@pytest.mark.parametrize(("semitones", "around"), [(0, 0.0), (7, 30.0), (2, 60.0), (9, 90.0), (6, 180.0), (5, 330.0)])
def test_keys_lie_on_the_circle_of_fifths(semitones: int, around: float) -> None:
    x, y = key_direction(semitones)
    assert math.hypot(x, y) == pytest.approx(1.0)
    assert math.degrees(math.atan2(y, x)) % 360.0 == pytest.approx(around)


def test_the_latents_size_counts_every_part(band: ModelContract) -> None:
    grid = replace(band, latent=LatentLayout(song=32, bar=8, track=6, track_bar=4))
    assert grid.latent_size == 32 + 4 * 8 + 5 * 6 + 4 * 5 * 4


@pytest.mark.parametrize(
    "key",
    [
        "name", "model_hash", "bars", "beats_per_bar", "steps_per_beat", "lowest_pitch", "pitches", "tracks", "latent",
        "value_range", "threshold", "tempo", "licence", "data_statement",
    ],
)  # fmt: skip
def test_each_missing_key_is_named(band: ModelContract, key: str) -> None:
    fields = json.loads(to_metadata(band)[METADATA_KEY])
    del fields[key]
    with pytest.raises(ContractError, match=f"'{key}'"):
        from_metadata({METADATA_KEY: json.dumps(fields)})


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"version": 2}, "contract version 2, this bridge reads version 1"),
        ({"bars": 0}, "'bars' is 0"),
        ({"bars": True}, "'bars' is True"),
        ({"bars": "four"}, "'bars' is 'four', expected int"),
        ({"lowest_pitch": 100}, "leave the MIDI range"),
        ({"tracks": []}, "'tracks' is empty"),
        ({"tracks": [3]}, r"'tracks\[0\]' is 3"),
        ({"tracks": [{"name": "Drums", "program": 0, "is_drum": True, "channel": 16}]}, r"'tracks\[0\].channel' is 16"),
        ({"latent": {"song": -1, "bar": 0, "track": 0, "track_bar": 0, "truncation": 2.0}}, "'latent.song' is -1"),
        (
            {"latent": {"song": 9, "bar": 0, "track": 0, "track_bar": 0, "truncation": 2.0, "key": 3}},
            "'latent.key' is 3, expected 0, or 2",
        ),
        (
            {"latent": {"song": 1, "bar": 9, "track": 0, "track_bar": 0, "truncation": 2.0, "key": 2}},
            "'latent.key' is 2, expected 0, or 2 of the song's values",
        ),
        ({"value_range": [1, -1]}, "'value_range'"),
        ({"threshold": 2.0}, "'threshold' is 2.0"),
        ({"tempo": 0}, "'tempo' is 0.0"),
        ({"name": "a\0b"}, "names 'a.x00b', expected text without NUL"),
        ({"name": "\ud800"}, "names '.ud800', expected text without NUL and lone surrogates"),
        ({"name": "x" * 3000}, "expected at most 3000"),
        (
            {"tracks": [{"name": f"{n}", "program": 0, "is_drum": False, "channel": 0} for n in range(129)]},
            "129 tracks",
        ),
        (
            {"latent": {"song": 0, "bar": 0, "track": 0, "track_bar": 100_000, "truncation": 2.0}},
            "2000000 values, expected 1 to 1000000",
        ),
        ({"bars": 100_000}, "2016000000 cells, expected 1 to 100000000"),
    ],
)
def test_what_cannot_be_is_refused_by_name(band: ModelContract, fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ContractError, match=says):
        from_metadata(changed(band, **fields))


def test_a_file_without_a_contract_says_how_to_get_one() -> None:
    with pytest.raises(ContractError, match="maisynth-export"):
        from_metadata({})
    with pytest.raises(ContractError, match="not JSON"):
        from_metadata({METADATA_KEY: "{"})


def test_the_threshold_is_a_share_of_the_value_range(band: ModelContract) -> None:
    assert band.cell_threshold == 0.0
    assert replace(band, value_range=(0.0, 1.0)).to_cell_value(0.25) == 0.25
