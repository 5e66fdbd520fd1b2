"""The phrases that a training run reads."""

from __future__ import annotations

from pathlib import Path

from training.data.phrase_file import PhraseFileError, PhraseSet, load_phrases
from training.data.phrase_formats import Format, format_of
from training.data.phrase_store import open_store


def open_phrases(path: Path) -> PhraseSet:
    """A store, memory-mapped, or the .npz of collect-data, loaded. Raises PhraseFileError and OSError.

    Any other format is refused with the command that converts it: unpacked, it would take memory and time at each run.
    """
    kind = format_of(path)
    if kind is Format.STORE:
        return open_store(path)
    if kind is Format.COLLECTED:
        return load_phrases(path)
    raise PhraseFileError(
        f"{path} is {kind.value}, expected a store or the .npz of collect-data. Convert it once: "
        f"maisynth-train process-data {path} {path.with_name(path.stem)}.phrases"
    )
