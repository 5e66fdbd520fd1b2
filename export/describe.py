"""From a checkpoint to what the model file says about itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from bridge.contract import ContractError, ModelContract, TrackSpec, from_metadata, to_metadata
from export.errors import ExportError
from training.checkpoint import Checkpoint
from training.config import Midi
from training.networks.generators import BandGenerator
from training.sampling.latent_noise import TRUNCATION

DRUM_CHANNEL = 9
PITCHED_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)
UNKNOWN_LICENCE = "not stated"
UNKNOWN_DATA = "It is not known what data this model was trained on."


@dataclass(frozen=True)
class Provenance:
    """What no checkpoint knows: the model's name, its licence, and a sentence about the data that trained it."""

    name: str
    licence: str = UNKNOWN_LICENCE
    data_statement: str = UNKNOWN_DATA


def describe(checkpoint: Checkpoint, generator: BandGenerator, provenance: Provenance) -> ModelContract:
    """The contract of this generator. Raises ExportError if the bridge would refuse it."""
    grid, midi = generator.grid, checkpoint.config.midi
    contract = ModelContract(
        name=provenance.name,
        model_hash=weights_hash(generator.state_dict()),
        bars=grid.bars,
        beats_per_bar=grid.steps // checkpoint.params.beat_resolution,
        steps_per_beat=checkpoint.params.beat_resolution,
        lowest_pitch=midi.lowest_pitch,
        pitches=grid.pitches,
        tracks=track_specs(midi, generator.tracks),
        latent=replace(generator.layout, truncation=TRUNCATION),
        value_range=(-1.0, 1.0),
        threshold=0.5,
        tempo=midi.tempo,
        licence=provenance.licence,
        data_statement=provenance.data_statement,
    )
    try:
        from_metadata(to_metadata(contract))
    except ContractError as error:
        raise ExportError(
            f"the checkpoint's configuration makes a model that the bridge refuses: {error}. "
            "Correct midi in config.yaml and run maisynth-train run-train again: it writes a checkpoint with it"
        ) from error
    return contract


def track_specs(midi: Midi, tracks: int) -> tuple[TrackSpec, ...]:
    """The band's tracks: drums on channel 9, the others on 0, 1, 2 and so on without it. Raises ExportError."""
    if len(midi.track_names) != tracks:
        raise ExportError(
            f"midi.track_names in config.yaml has {len(midi.track_names)} names, the model {tracks} tracks"
        )
    pitched = midi.is_drums.count(0)
    if pitched > len(PITCHED_CHANNELS):
        raise ExportError(f"{pitched} tracks are not drums, MIDI has {len(PITCHED_CHANNELS)} channels for them")
    channels = iter(PITCHED_CHANNELS)
    return tuple(
        TrackSpec(name, program, bool(is_drum), DRUM_CHANNEL if is_drum else next(channels))
        for name, program, is_drum in zip(midi.track_names, midi.programs, midi.is_drums, strict=True)
    )


def weights_hash(state: Mapping[str, Tensor]) -> str:
    """SHA-256, hexadecimal, over parameters and statistics by name, as little-endian float32."""
    digest = hashlib.sha256()
    for name in sorted(state):
        values = state[name].detach().cpu().numpy().astype("<f4")
        digest.update(f"{name} {values.shape}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
