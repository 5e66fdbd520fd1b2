"""The encoder that lies beside a model's file: from notes to the latent whose phrase is nearest to them.

band.onnx has its encoder in band.encoder.onnx, which says for which model's weights it was trained.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bridge.contract import ModelContract
from bridge.engine.band import PlaysBars
from bridge.engine.latents import Latent
from bridge.generator import BadModel, CannotUse, Generator, open_on_cpu
from bridge.pianoroll import Roll

ENCODER_SUFFIX = ".encoder.onnx"
ENCODER_VERSION = 1
METADATA_KEY = "maisynthesizer.encoder"

PHRASE_INPUT = "phrase"  # float32 (1, bars, tracks, steps_per_bar, pitches): 1 where a cell sounds, else 0
GIVEN_INPUT = "given"  # float32 (1, tracks): 1 for a track to go by, 0 for one whose notes are not known
RANK_INPUT = "rank"  # int64 (1,), of a model with a key: in the key that it hears best (0), next best (1), to 11
LATENT_OUTPUT = "latent"  # float32 (1, latent_size): the expected values


def encoder_path(model: Path) -> Path:
    """Where a model's encoder lies, if it has one."""
    return model.with_name(model.name.removesuffix(".onnx") + ENCODER_SUFFIX)


def is_encoder(name: str) -> bool:
    """Whether a file of this name is an encoder, which no band can play."""
    return name.lower().endswith(ENCODER_SUFFIX)


def to_metadata(model_hash: str) -> dict[str, str]:
    """What an encoder's file says of itself: for which model it is. The reverse of from_metadata."""
    return {METADATA_KEY: json.dumps({"version": ENCODER_VERSION, "model_hash": model_hash}, sort_keys=True)}


def from_metadata(metadata: Mapping[str, str]) -> str:
    """The hash of the model that an encoder is for. The reverse of to_metadata. Raises ValueError with a sentence."""
    if METADATA_KEY not in metadata:
        raise ValueError(f"it has no {METADATA_KEY!r} metadata: it was not written by maisynth-export")
    fields = json.loads(metadata[METADATA_KEY])
    if not isinstance(fields, dict) or fields.get("version") != ENCODER_VERSION:
        raise ValueError(f"its metadata is {fields!r}, expected version {ENCODER_VERSION}: export the model again")
    if not isinstance(fields.get("model_hash"), str):
        raise ValueError(f"its metadata names no model_hash (it is {fields!r}): export the model again")
    return str(fields["model_hash"])


class Encoder:
    """From the notes of some tracks to a latent. On the CPU, on one thread; one thread calls it at a time."""

    def __init__(self, path: Path, contract: ModelContract) -> None:
        """Raises BadModel, naming the file, where it cannot be used with the model of this contract."""
        self.path, self.contract = path, contract
        try:
            self._session = open_on_cpu(path)
            model_hash = from_metadata(self._session.get_modelmeta().custom_metadata_map)
        except (CannotUse, ValueError, RecursionError) as reason:  # hostile JSON raises the last two
            raise BadModel(f"the encoder {path.name} cannot be used: {reason}") from reason
        if model_hash != contract.model_hash:
            raise BadModel(
                f"the encoder {path.name} is for the model {model_hash[:12]}, {contract.name!r} is "
                f"{contract.model_hash[:12]}: export both together with maisynth-export"
            )
        silence = np.zeros((contract.bars, contract.steps_per_bar, contract.pitches), dtype=np.bool_)
        try:
            self({0: silence})
        except Exception as reason:  # ONNX Runtime's errors have no common class
            raise BadModel(f"the encoder {path.name} cannot run with {contract.name!r}: {reason}") from reason

    def __call__(self, phrases: Mapping[int, Roll], rank: int = 0) -> Latent:
        """(latent_size,) float32 within the contract's truncation, from the notes of each given track: by track, (bars,
        steps_per_bar, pitches) bool. What these tracks do not tell comes out near 0.

        Of a model with a key: in the key that is heard best (rank 0), next best (1) and so on to 11.
        """
        contract = self.contract
        tracks, limit = len(contract.tracks), contract.latent.truncation
        cells = np.zeros((1, contract.bars, tracks, contract.steps_per_bar, contract.pitches), dtype=np.float32)
        given = np.zeros((1, tracks), dtype=np.float32)
        for track, roll in phrases.items():
            cells[0, :, track] = roll
            given[0, track] = 1.0
        inputs = {PHRASE_INPUT: cells, GIVEN_INPUT: given}
        if contract.latent.key:
            inputs[RANK_INPUT] = np.array([rank], dtype=np.int64)
        (latent,) = self._session.run([LATENT_OUTPUT], inputs)
        if latent.shape != (1, contract.latent_size) or not np.isfinite(latent).all():
            raise ValueError(f"it gave {latent.shape} values, expected (1, {contract.latent_size}), all finite")
        return np.asarray(np.clip(latent[0], -limit, limit), dtype=np.float32)


def encoder_beside(generator: PlaysBars) -> Encoder | None:
    """The encoder of a model that plays; None where no file lies beside it. Raises BadModel for one it cannot use."""
    if not isinstance(generator, Generator):
        return None
    path = encoder_path(generator.path)
    return Encoder(path, generator.contract) if path.is_file() else None
