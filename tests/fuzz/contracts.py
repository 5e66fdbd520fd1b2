"""The text of a model's metadata to a contract, or to a refusal; what a contract says can be told to every client."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

from bridge import __version__
from bridge.contract import METADATA_KEY, ContractError, ModelContract, from_metadata, to_metadata
from bridge.model_files import encoder_file
from bridge.protocol.osc_packet import build_message
from bridge.protocol.requests import PROTOCOL_VERSION
from tests.a_band import a_band


def target(data: bytes) -> None:
    text = data.decode("utf-8", "surrogatepass") if _is_text(data) else data.decode("latin-1")
    try:
        contract = from_metadata({METADATA_KEY: text})
    except (ContractError, ValueError, RecursionError) as refusal:  # what model_file.read_contract takes for a refusal
        _check_told(refusal)
    else:
        assert from_metadata(to_metadata(contract)) == contract
        _check_playable(contract)
    try:
        model_hash = encoder_file.from_metadata({encoder_file.METADATA_KEY: text})
    except (ValueError, RecursionError) as refusal:
        _check_told(refusal)
    else:
        assert encoder_file.from_metadata(encoder_file.to_metadata(model_hash)) == model_hash


def seeds() -> list[bytes]:
    fields = asdict(a_band())
    odd: list[dict[str, object]] = [
        {"value_range": [0, 1], "threshold": 1},
        {"latent": {"song": 1, "bar": 2, "track": 3, "track_bar": 4, "truncation": 1.5}},
        {"tracks": [{"name": "\ud800", "program": 127, "is_drum": False, "channel": 15}]},
        {"name": "a\0b", "extra": [[[{}]]]},
        {"version": 2},
    ]
    texts = [json.dumps({**fields, **some}) for some in ({}, *odd)]
    encoder = encoder_file.to_metadata("0" * 64)[encoder_file.METADATA_KEY]
    return [text.encode() for text in (*texts, encoder, "[]", "null", "[" * 3000, '{"version": NaN}')]


def _check_told(refusal: Exception) -> None:
    assert str(refusal), "a refusal has to say why"


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _check_playable(contract: ModelContract) -> None:
    """What the rest of the bridge takes for granted, and the /mai/welcome that every client is told."""
    assert contract.steps_per_bar > 0
    assert contract.latent_size > 0
    assert 0 <= contract.lowest_pitch < contract.lowest_pitch + contract.pitches <= 128
    assert math.isfinite(contract.cell_threshold)
    names = [track.name for track in contract.tracks]
    about = (1, __version__, PROTOCOL_VERSION, contract.name)
    grid = (contract.bars, contract.beats_per_bar, contract.steps_per_beat)
    build_message("/mai/welcome", (*about, *grid, *names))
    build_message("/mai/latent/data", (1, "a name", contract.model_hash, 0, 1, *(0.0,) * 190))
    assert contract.latent_size <= 1_000_000
    assert contract.bars * len(contract.tracks) * contract.steps_per_bar * contract.pitches <= 100_000_000
