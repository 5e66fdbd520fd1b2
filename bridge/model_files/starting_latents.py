"""The latents that come along with a model, so that a new library is not empty: the file MODEL.latents.json beside it.

It is what `maisynth latents export` writes (bridge/library/transfer.py); maisynth-export makes one.
"""

from __future__ import annotations

from pathlib import Path

from bridge.contract import ModelContract
from bridge.library.latent_json import TransferError
from bridge.library.latents import LatentLibrary
from bridge.library.transfer import read_latents


def starting_latents_file(model: Path) -> Path:
    """Where a model's starting latents are, if it has any."""
    return model.with_suffix(".latents.json")


def bring_starting_latents(library: LatentLibrary, model: Path, contract: ModelContract) -> str | None:
    """Keep the model's starting latents in a library that has none of this model yet.

    A name that is taken is left as it is. Returns a sentence for the musician where the file cannot be used. Raises
    StorageError where the library cannot be.
    """
    path = starting_latents_file(model)
    if not path.is_file() or library.knows_model(contract.model_hash):
        return None
    try:
        with path.open("rb") as file:
            latents = read_latents(file)
    except (TransferError, OSError) as problem:
        return f"The latents that came with the model, {path}, are left out: {problem}."
    fitting = [
        one for one in latents if one.model_hash == contract.model_hash and len(one.values) == contract.latent_size
    ]
    if latents and not fitting:
        return f"The latents in {path} are of another model than the one beside them: they are left out."
    library.save_all(fitting, if_taken="keep")
    return None
