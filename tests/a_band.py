"""The contract of a model with the original's grid and tracks: 4 bars of 48 steps, pitches 24-107."""

from __future__ import annotations

from bridge.contract import LatentLayout, ModelContract, TrackSpec


def a_band() -> ModelContract:
    return ModelContract(
        name="A band",
        model_hash="0" * 64,
        bars=4,
        beats_per_bar=4,
        steps_per_beat=12,
        lowest_pitch=24,
        pitches=84,
        tracks=(
            TrackSpec("Drums", 0, True, 9),
            TrackSpec("Piano", 0, False, 0),
            TrackSpec("Guitar", 25, False, 1),
            TrackSpec("Bass", 33, False, 2),
            TrackSpec("Strings", 48, False, 3),
        ),
        latent=LatentLayout(song=128),
        value_range=(-1.0, 1.0),
        threshold=0.5,
        tempo=100.0,
        licence="MIT",
        data_statement="none",
    )
