"""The check before a model file is used: the bridge's own class must play what the trained network plays."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bridge.contract import ModelContract
from bridge.generator import BadModel, Generator
from export.errors import ExportError
from training.sampling.latent_noise import draw_latents

# A trained network in float32 is up to 6e-5 from itself in double precision, where pitches rival strongly.
LARGEST_ERROR = 3e-4  # of an activation, in the contract's value_range
ROUNDING = 1e-4  # of the threshold: nearer to it float32 does not decide
LATENTS = 64
TIMED_RUNS = 9
_LATENT_SEED = (0x4D4149,)
_TORCH_BATCH = 16


@dataclass(frozen=True)
class Verification:
    """What was found. Times are medians in milliseconds, one thread on the CPU; informative alone."""

    latents: int
    largest_error: float
    cells: int
    cells_differing: int
    bar_ms: float
    phrase_ms: float


def verify(
    path: Path, generator: nn.Module, contract: ModelContract, clock: Callable[[], float] = time.perf_counter
) -> Verification:
    """Play the file as the bridge will, beside the trained `generator`: whole phrases, single bars, another order.

    Raises ExportError if the file cannot be opened, describes itself otherwise than `contract`, differs by
    LARGEST_ERROR or more anywhere, or would sound one cell that the generator leaves silent (or the other way round).
    A cell so near the threshold that float32 itself does not decide it is counted in cells_differing and is no error:
    one network in twenty has such a cell among 15 million.
    """
    try:
        played = Generator(path, provider="cpu")
    except BadModel as error:
        raise ExportError(f"the bridge cannot play the exported model: {error}") from error
    _compare_contracts(played.contract, contract)
    latents = draw_latents(LATENTS, contract.latent_size, _LATENT_SEED)
    rolls = trained_rolls(generator, latents)
    largest, farthest, cells, differing, rounded = 0.0, 0.0, 0, 0, 0
    for latent, roll in zip(latents.numpy(), rolls, strict=True):
        for bars in _bar_choices(contract.bars):
            found, expected = played(latent, bars), roll[bars]
            # np.maximum, unlike max, lets no NaN pass.
            largest = float(np.maximum(largest, np.abs(found - expected).max()))
            differs = (found > contract.cell_threshold) != (expected > contract.cell_threshold)
            distances = np.abs(expected[differs] - contract.cell_threshold)
            cells += differs.size
            differing += distances.size
            rounded += int((distances <= ROUNDING).sum())
            farthest = max(farthest, float(distances.max(initial=0.0)))
    if not largest < LARGEST_ERROR:
        raise ExportError(
            f"the exported model differs from the trained one by {largest:.2g}, expected less than {LARGEST_ERROR:g}"
        )
    if differing > rounded:
        raise ExportError(
            f"{differing - rounded} of {cells} cells sound in only one of the exported and the trained model, "
            f"and not by rounding: the farthest is {farthest:.1e} from the threshold, expected at most {ROUNDING:g}"
        )
    return Verification(
        latents=LATENTS,
        largest_error=largest,
        cells=cells,
        cells_differing=differing,
        bar_ms=_median_ms(played, latents[0], [0], clock),
        phrase_ms=_median_ms(played, latents[0], list(range(contract.bars)), clock),
    )


def trained_rolls(generator: nn.Module, latents: Tensor) -> NDArray[np.float32]:
    """(n, bars, tracks, steps_per_bar, pitches): what the trained network plays, laid out as a model file's output."""
    training = generator.training
    generator.eval()
    try:
        with torch.no_grad():
            phrases = torch.cat([generator(part) for part in torch.split(latents, _TORCH_BATCH)])
    finally:
        generator.train(training)
    return phrases.permute(0, 1, 4, 2, 3).numpy()


def _bar_choices(bars: int) -> list[list[int]]:
    """The whole phrase, each bar alone, and all of them backwards."""
    return [list(range(bars)), *([bar] for bar in range(bars)), list(reversed(range(bars)))]


def _compare_contracts(found: ModelContract, expected: ModelContract) -> None:
    for field in fields(ModelContract):
        was, should_be = getattr(found, field.name), getattr(expected, field.name)
        if was != should_be:
            raise ExportError(f"the file says {field.name} is {was!r}, expected {should_be!r}")


def _median_ms(played: Generator, latent: Tensor, bars: Sequence[int], clock: Callable[[], float]) -> float:
    values, times = latent.numpy(), []
    for _ in range(TIMED_RUNS):
        started = clock()
        played(values, bars)
        times.append(1000.0 * (clock() - started))
    return statistics.median(times)
