"""Latents in a .npy file: a row a latent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Latents = NDArray[np.float32]


class LatentsError(ValueError):
    """These latents cannot be played; the message says what came, what was expected and what to do."""


def save_latents(path: Path, latents: Latents) -> None:
    """Write (n, latent_dim) float32; the folder is made. The reverse of read_latents."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, latents.astype(np.float32))


def read_latents(path: Path, latent_dim: int) -> Latents:
    """The reverse of save_latents; a single latent may lack the first axis. Raises LatentsError."""
    try:
        found = np.load(path, allow_pickle=False)
    except OSError as error:
        raise LatentsError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, EOFError) as error:
        raise LatentsError(f"{path} is no .npy of numbers: save the latents with numpy.save") from error
    if not isinstance(found, np.ndarray):
        raise LatentsError(f"{path} holds several arrays, expected one: save the latents with numpy.save")
    if found.ndim == 1:
        found = found[None]
    if found.dtype.kind not in "fiu" or found.ndim != 2 or found.shape[1] != latent_dim or not len(found):
        raise LatentsError(
            f"{path} has the shape {list(found.shape)} of {found.dtype}, expected a row of {latent_dim} numbers for "
            "each latent"
        )
    with np.errstate(over="ignore"):  # to infinity, which is refused
        latents: Latents = found.astype(np.float32)
    if not np.isfinite(latents).all():
        raise LatentsError(f"{path} holds values that are no numbers (infinite or not a number)")
    return latents
