"""A generator that has something to fold, its checkpoint, and the file made from it: once, for it takes seconds."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from export.__main__ import main
from training.averaging import calibrate
from training.checkpoint import Checkpoint, save_checkpoint
from training.config import Config, Midi, Params
from training.networks.generators import DefaultGenerator
from training.sampling.latent_noise import draw_latents

PARAMS = Params(latent_dim=96)
CONFIG = Config(
    midi=Midi(
        lowest_pitch=21,
        track_names=("Piano", "Kit", "Bass", "Lead", "Choir"),
        programs=(1, 0, 33, 80, 52),
        is_drums=(0, 1, 0, 0, 0),
        tempo=132.5,
    )
)
LICENCE = "CC-BY-4.0"
STATEMENT = "Trained on nothing, for a test."


@dataclass(frozen=True)
class Export:
    """One run of maisynth-export: what it read, what it wrote and printed."""

    folder: Path
    checkpoint: Checkpoint
    path: Path
    status: int
    printed: str
    complained: str


def randomised(seed: int) -> DefaultGenerator:
    """A generator in eval mode whose weights, biases, gains and statistics are all random, as after training.

    Its cells are mostly silent, as a trained one's: the last normalisation puts the threshold far out.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        generator = DefaultGenerator(latent_dim=PARAMS.latent_dim)
        with torch.no_grad():
            for name, parameter in generator.named_parameters():
                if name.endswith("bias"):
                    parameter.normal_(std=0.2)
                elif name.endswith("scale"):
                    parameter.uniform_(0.5, 1.5)
                elif name.endswith("shift"):
                    parameter.normal_(std=0.2)
            generator.merge.norm.scale.uniform_(0.5, 0.6)
            generator.merge.norm.shift.uniform_(-2.4, -2.2)
    calibrate(generator, [(draw_latents(16, PARAMS.latent_dim, (seed,)), None)])
    return generator


@pytest.fixture(scope="session")
def trained() -> DefaultGenerator:
    """The averaged generator of the checkpoint that `exported` is made from."""
    return randomised(1)


@pytest.fixture(scope="session")
def exported(trained: DefaultGenerator, tmp_path_factory: pytest.TempPathFactory) -> Export:
    folder = tmp_path_factory.mktemp("runs") / "late night trio"
    folder.mkdir()
    checkpoint = Checkpoint(
        step=1200,
        params=PARAMS,
        config=CONFIG,
        generator=randomised(2).state_dict(),
        critic={},
        average=trained.state_dict(),
        generator_optimiser={},
        critic_optimiser={},
    )
    save_checkpoint(folder / "model", checkpoint)
    path = folder / "model.onnx"
    arguments = [str(folder), "-o", str(path), "--licence", LICENCE, "--data-statement", STATEMENT]
    printed, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(complained):
        status = main(arguments)
    return Export(folder, checkpoint, path, status, printed.getvalue(), complained.getvalue())
