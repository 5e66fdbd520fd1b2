"""What a model file says of itself, from its checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
import torch

from export.describe import UNKNOWN_DATA, UNKNOWN_LICENCE, Provenance, describe, track_specs, weights_hash
from export.errors import ExportError
from tests.export.conftest import Export
from training.config import Midi
from training.networks.generators import DefaultGenerator


def channels(*is_drums: int) -> list[int]:
    names = tuple(f"track {number}" for number in range(len(is_drums)))
    midi = Midi(track_names=names, programs=(0,) * len(names), is_drums=is_drums)
    return [track.channel for track in track_specs(midi, len(names))]


def test_drums_are_on_channel_9_and_nothing_else_is() -> None:
    assert channels(1, 0, 0, 0, 0) == [9, 0, 1, 2, 3]
    assert channels(*[0] * 11) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11]
    assert channels(1, 0, 1) == [9, 0, 9]


def test_a_sixteenth_pitched_track_is_refused() -> None:
    assert channels(*[0] * 15)[-1] == 15
    with pytest.raises(ExportError, match="16 tracks are not drums"):
        channels(*[0] * 16)


def test_as_many_names_as_tracks_are_needed() -> None:
    with pytest.raises(ExportError, match="5 names, the model 4 tracks"):
        track_specs(Midi(), 4)


def test_an_unstated_licence_and_unknown_data_are_said_to_be_so(exported: Export, trained: DefaultGenerator) -> None:
    contract = describe(exported.checkpoint, trained, Provenance("A trio"))
    assert (contract.licence, contract.data_statement) == (UNKNOWN_LICENCE, UNKNOWN_DATA)
    assert "not known" in UNKNOWN_DATA


@pytest.mark.parametrize(
    ("midi", "complaint"),
    [
        (Midi(lowest_pitch=60), "pitches 60 to 143 leave the MIDI range"),
        (Midi(lowest_pitch=-1), "leave the MIDI range"),
    ],
)
def test_what_the_bridge_would_refuse_is_refused_before_the_export(
    exported: Export, trained: DefaultGenerator, midi: Midi, complaint: str
) -> None:
    checkpoint = replace(exported.checkpoint, config=replace(exported.checkpoint.config, midi=midi))
    with pytest.raises(ExportError, match=complaint):
        describe(checkpoint, trained, Provenance("A trio"))


def test_the_hash_is_of_the_weights_alone() -> None:
    state = {"a": torch.arange(6.0).view(2, 3), "b": torch.ones(2)}

    def differs(**changes: torch.Tensor) -> bool:
        changed: Mapping[str, torch.Tensor] = {**state, **changes}
        return weights_hash(changed) != weights_hash(state)

    assert len(weights_hash(state)) == 64
    assert not differs(a=state["a"].clone())
    assert weights_hash(dict(reversed(state.items()))) == weights_hash(state)
    assert differs(a=state["a"] + torch.tensor([0, 0, 1e-6]))
    assert differs(a=state["a"].view(3, 2))
    assert differs(c=torch.ones(1))
