"""The latents that come along with a model, so that a new library is not empty: the file MODEL.latents.json beside it.

It is what `maisynth latents export` writes (bridge/library/transfer.py); maisynth-export makes one. They come into the
library when the bridge starts with the model and when the model takes over from another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bridge.contract import ModelContract
from bridge.library.latent_json import TransferError
from bridge.library.latents import LatentLibrary
from bridge.library.saved_latent import SavedLatent
from bridge.library.storage_errors import StorageError
from bridge.library.transfer import read_latents


def starting_latents_file(model: Path) -> Path:
    """Where a model's starting latents are, if it has any."""
    return model.with_suffix(".latents.json")


@dataclass(frozen=True, slots=True)
class StartingLatents:
    """Latents of one model, none by default. `problem` says in a sentence why those that came along are left out."""

    latents: tuple[SavedLatent, ...] = ()
    problem: str | None = None

    def bring(self, library: LatentLibrary) -> None:
        """Keep them in a library that has none of their model yet. A name that is taken is left as it is. Raises
        StorageError where the library cannot be used."""
        if self.latents and not library.knows_model(self.latents[0].model_hash):
            library.save_all(self.latents, if_taken="keep")

    def try_to_bring(self, library: LatentLibrary) -> str | None:
        """The same while a band plays, which goes on whatever happens. Returns a sentence for the musician about what
        could not be done."""
        try:
            self.bring(library)
        except StorageError as problem:
            return f"The latents that came with the model are left out: {problem}."
        return self.problem


def read_starting_latents(model: Path, contract: ModelContract) -> StartingLatents:
    """Those beside a model's file, as far as they are of this model. Never raises: a file that cannot be used is a
    problem of what is returned."""
    path = starting_latents_file(model)
    try:
        if not path.is_file():
            return StartingLatents()
        with path.open("rb") as file:
            latents = read_latents(file)
    except (TransferError, OSError) as problem:
        return StartingLatents(problem=f"The latents that came with the model, {path}, are left out: {problem}.")
    fitting = tuple(
        one for one in latents if one.model_hash == contract.model_hash and len(one.values) == contract.latent_size
    )
    if latents and not fitting:
        return StartingLatents(
            problem=f"The latents in {path} are of another model than the one beside them: they are left out."
        )
    return StartingLatents(fitting)


def bring_starting_latents(library: LatentLibrary, model: Path, contract: ModelContract) -> str | None:
    """Read the model's starting latents and bring them, unless the library has some of this model.

    Returns a sentence for the musician where the file cannot be used. Raises StorageError where the library cannot be.
    """
    if library.knows_model(contract.model_hash):
        return None
    found = read_starting_latents(model, contract)
    found.bring(library)
    return found.problem
