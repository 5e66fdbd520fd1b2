"""The encoder of an experiment as a file beside its model's: from notes to the latent nearest to them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from bridge.contract import ModelContract
from bridge.generator import BadModel
from bridge.model_files.encoder_file import (
    GIVEN_INPUT,
    LATENT_OUTPUT,
    PHRASE_INPUT,
    RANK_INPUT,
    Encoder,
    encoder_path,
    to_metadata,
)
from export.artefact import Artefact, put_in_place
from export.describe import weights_hash
from export.errors import ExportError
from export.half_weights import with_half_weights
from export.onnx_file import traced
from training.encoding.encoder import PhraseEncoder
from training.encoding.encoder_checkpoint import EncoderCheckpoint, newest_encoder, trained_encoder
from training.experiment import Experiment
from training.measures.chroma import CLASSES

LARGEST_ERROR = 1e-2  # of a latent's value, which is about 1 long; the file has half of the weights' digits
PHRASES = 16
SOUNDING = 0.02  # share of the cells of a phrase that the check is done with
_PHRASE_SEED = 0x4D4149


@dataclass(frozen=True)
class EncoderFile:
    """An encoder's file that passed: where it is, its size in bytes, its largest difference from the trained one."""

    path: Path
    size: int
    largest_error: float


class EncoderAsPlayed(nn.Module):
    """phrase (batch, bars, tracks, steps, pitches) in {0, 1}, given (batch, tracks), and of a layout with a key rank
    (batch,), to latent (batch, size)."""

    def __init__(self, encoder: PhraseEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, phrase: Tensor, given: Tensor, rank: Tensor | None = None) -> Tensor:
        latent: Tensor = self.encoder(phrase.permute(0, 1, 3, 4, 2) * 2.0 - 1.0, given, rank)
        return latent


def encoder_beside(experiment: Experiment, model: Artefact) -> str | None:
    """Write the experiment's encoder beside its model; returns what became of it, a sentence, None where it has none.

    Raises ExportError or CheckpointError; what was there before then stays.
    """
    checkpoint = newest_encoder(experiment)
    if checkpoint is None:
        return None
    if weights_hash(checkpoint.generator) != model.contract.model_hash:
        return (
            "without its encoder, which was trained with other weights than these: run maisynth-train train-encoder "
            "and export again, so that it can hear clips"
        )
    made = make_encoder(checkpoint, model)
    return f"{made.path}: its encoder, {made.size / 1e6:.1f} MB, largest difference {made.largest_error:.1e}"


def make_encoder(checkpoint: EncoderCheckpoint, model: Artefact) -> EncoderFile:
    """Write the verified encoder of this model beside it. Raises ExportError or CheckpointError."""
    contract, output = model.contract, encoder_path(model.path)
    encoder = trained_encoder(checkpoint)
    content = encoder_model(encoder, contract)
    largest = put_in_place(output, content, lambda partial: compare(partial, encoder, contract))
    return EncoderFile(output, len(content), largest)


def encoder_model(encoder: PhraseEncoder, contract: ModelContract) -> bytes:
    """The content of the file. Raises ExportError."""
    tracks = len(contract.tracks)
    phrase = torch.zeros(2, contract.bars, tracks, contract.steps_per_bar, contract.pitches)
    inputs = {PHRASE_INPUT: (phrase, "batch"), GIVEN_INPUT: (torch.ones(2, tracks), "batch")}
    if contract.latent.key:
        inputs[RANK_INPUT] = (torch.zeros(2, dtype=torch.int64), "batch")
    model = traced("encoder", EncoderAsPlayed(encoder).eval(), inputs, LATENT_OUTPUT, to_metadata(contract.model_hash))
    return bytes(with_half_weights(model).SerializeToString())


def compare(path: Path, encoder: PhraseEncoder, contract: ModelContract) -> float:
    """The largest difference between what the file says, run as the bridge will, and the trained encoder: of random
    phrases with all tracks given, and with each alone. Raises ExportError from LARGEST_ERROR on."""
    try:
        played = Encoder(path, contract)
    except BadModel as error:
        raise ExportError(f"the bridge cannot use the exported encoder: {error}") from error
    rng = np.random.default_rng(_PHRASE_SEED)
    tracks = range(len(contract.tracks))
    chosen: list[Collection[int]] = [tracks, *([track] for track in tracks)]
    shape = (contract.bars, len(tracks), contract.steps_per_bar, contract.pitches)
    largest = 0.0
    for number in range(PHRASES):
        phrase, given = rng.random(shape) < SOUNDING, chosen[number % len(chosen)]
        rank = number % CLASSES
        found = played({track: phrase[:, track] for track in given}, rank)
        with torch.no_grad():
            expected = EncoderAsPlayed(encoder)(
                torch.from_numpy(phrase[None].astype(np.float32)),
                torch.tensor([[float(track in given) for track in tracks]]),
                torch.tensor([rank]),
            )
        # np.maximum, unlike max, lets no NaN pass.
        largest = float(np.maximum(largest, np.abs(found - expected[0].numpy()).max()))
    if not largest < LARGEST_ERROR:
        raise ExportError(
            f"the exported encoder differs from the trained one by {largest:.2g}, expected less than {LARGEST_ERROR:g}"
        )
    return largest
