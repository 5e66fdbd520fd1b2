"""An encoder's checkpoints: all that its training needs to go on, and the generator that it listens to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training.checkpoint import PATTERN, CheckpointError, newest_checkpoint, read_states, write_states
from training.config import Params
from training.config_file import from_mapping
from training.encoding.encoder import PhraseEncoder
from training.encoding.encoder_config import EncoderConfig
from training.experiment import Experiment
from training.latent_layout import latent_layout
from training.networks.grid import grid_of

FORMAT = "encoder 1"


@dataclass(frozen=True)
class EncoderCheckpoint:
    """An encoder after `step` updates. States are torch's, by parameter name; `generator` is the averaged one."""

    step: int
    params: Params
    config: EncoderConfig
    encoder: dict[str, Any]
    optimiser: dict[str, Any]
    generator: dict[str, Any]

    def listens_to(self, generator: dict[str, Tensor]) -> bool:
        """Whether it was trained with exactly this generator's state."""
        known = self.generator
        return known.keys() == generator.keys() and all(torch.equal(known[name], generator[name]) for name in known)


def encoder_room(experiment: Experiment) -> Experiment:
    """EXP_DIR/encoder: laid out as an experiment's folder, with the encoder's own model/, logs/train/ and eval/."""
    return Experiment(experiment.folder / "encoder")


def save_encoder(folder: Path, checkpoint: EncoderCheckpoint, keep: int = 2) -> Path:
    """Write it whole or not at all, then drop all but it and those just before it. The reverse of load_encoder.

    Those of later steps go too: an encoder that begins again is newer than what it was.
    """
    path = write_states(folder, checkpoint, FORMAT)
    known = sorted(folder.glob(PATTERN))
    place = known.index(path)
    for other in (*known[: max(0, place + 1 - keep)], *known[place + 1 :]):
        other.unlink()
    return path


def load_encoder(path: Path) -> EncoderCheckpoint:
    """The reverse of save_encoder. Raises CheckpointError."""
    content = read_states(path, FORMAT)
    try:
        made = {"params": from_mapping(Params, content["params"])}
        return EncoderCheckpoint(**{**content, **made, "config": from_mapping(EncoderConfig, content["config"])})
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is not an encoder's checkpoint of this version: {error}") from error


def newest_encoder(experiment: Experiment) -> EncoderCheckpoint | None:
    """The experiment's encoder as it was saved last; None: it has none. Raises CheckpointError."""
    path = newest_checkpoint(encoder_room(experiment).model)
    return None if path is None else load_encoder(path)


def build_encoder(params: Params) -> PhraseEncoder:
    """A fresh encoder for the latents that these params describe."""
    return PhraseEncoder(
        latent_layout(params),
        params.data_shape[3],
        grid_of(params.data_shape, params.beat_resolution),
        params.drum_tracks,
    )


def trained_encoder(checkpoint: EncoderCheckpoint) -> PhraseEncoder:
    """A checkpoint's encoder in eval mode. Raises CheckpointError if the weights do not fit it."""
    encoder = build_encoder(checkpoint.params)
    try:
        encoder.load_state_dict(checkpoint.encoder)
    except RuntimeError as error:
        raise CheckpointError(f"the encoder's weights do not fit its params: {error}") from error
    return encoder.eval()
