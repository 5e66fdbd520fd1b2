"""The models that can be loaded, by name: the one that comes along and the exports in the models folder.

One thread refreshes it (ModelWatch), any thread may ask: what is known is replaced whole at each refresh. A name is
looked up, never made into a path.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.generator import BadModel
from bridge.library import check_name
from bridge.model_files.folder_scan import Settling, Stamp, scan_folder, stamp_of
from bridge.model_files.model_file import ModelFile, read_contract
from bridge.paths import EMBEDDED_MODEL


class UnknownModel(KeyError):
    """No model has this name; the message lists the nearest names."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would show its message in quotes


@dataclass(frozen=True, slots=True)
class Changes:
    """What a refresh found; false where nothing changed. Files that cannot be played are among them."""

    appeared: tuple[ModelFile, ...] = ()
    changed: tuple[ModelFile, ...] = ()
    vanished: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.appeared or self.changed or self.vanished)


class ModelCatalogue:
    """The embedded model under its own name; every .onnx of the folder, and the one given, under its file's name.

    The embedded model's name is never another's: a project that asks for it must get it on every machine. A file of
    that name is listed with the problem, and so are two files whose names differ in nothing that can be typed.
    """

    def __init__(self, folder: Path, embedded: Path = EMBEDDED_MODEL, given: Path | None = None) -> None:
        """`given`: one that lies elsewhere and is watched too, such as the one that the bridge was started with.

        Nothing but the embedded model is read before the first refresh, which takes every file that is there.
        """
        self.folder = folder
        self.problem: str | None = None  # why the folder cannot be looked into
        self._embedded = _read_embedded(embedded)
        self._given = None if given is None or _same(given, embedded) or _same(given.parent, folder) else given
        self._read: dict[Path, tuple[Stamp, ModelFile]] = {}
        self._settling = Settling()
        self._looked = False
        self._files: tuple[ModelFile, ...] = ()
        self._by_name: Mapping[str, ModelFile] = {}
        self._publish()

    def refresh(self, now: float) -> Changes:
        """Look again; a file that is new or changed is taken once it holds still. `now` in clock seconds.

        Opens the new files alone: without any, it costs a directory listing.
        """
        try:
            found = scan_folder(self.folder)
            self.problem = None
            if self._given is not None and (stamp := stamp_of(self._given)) is not None:
                found[self._given] = stamp
        except OSError as error:
            self.problem = f"the models folder {self.folder} cannot be read: {error.strerror or error}"
            return Changes()
        settled = self._settling.settled(found, now)
        self._read = {path: known for path, known in self._read.items() if path in found}
        for path, stamp in found.items():
            known = self._read.get(path)
            if (known is None or known[0] != stamp) and (path in settled or not self._looked):
                self._read[path] = (stamp, _read_file(path, stamp))
        self._looked = True
        return self._publish()

    def files(self) -> tuple[ModelFile, ...]:
        """Every model, the embedded one first, and the files that cannot be played."""
        return self._files

    def names(self) -> list[str]:
        """The names that get answers to, in the order of files."""
        return [file.name for file in self._files if file.problem is None]

    def get(self, name: str) -> ModelFile:
        """The model of that name. Raises UnknownModel, or BadModel for a file that cannot be played."""
        file = self._by_name.get(unicodedata.normalize("NFC", name))
        if file is None:
            raise UnknownModel(f"no model is named {name!r}{self.suggest(name)}")
        if file.problem is not None:
            raise BadModel(file.problem)
        return file

    def name_of(self, path: Path) -> str | None:
        """The name that get answers to with the model in this file; None: it has none."""
        return next((file.name for file in self._files if file.problem is None and _same(file.path, path)), None)

    def suggest(self, name: str) -> str:
        """The rest of a sentence that says which names are near, or where models belong."""
        by_folded = {known.casefold(): known for known in self.names()}
        nearest = difflib.get_close_matches(name.casefold(), by_folded)
        if nearest:
            return f"; the nearest: {', '.join(repr(by_folded[folded]) for folded in nearest)}"
        listed = ", ".join(map(repr, list(by_folded.values())[:5]))
        return f"; there are: {listed}{', …' if len(by_folded) > 5 else ''}; exports belong in {self.folder}"

    def _publish(self) -> Changes:
        files = (self._embedded, *_named((file for _, file in self._read.values()), self._embedded))
        before = self._by_name
        after: dict[str, ModelFile] = {}
        for file in files:
            after.setdefault(file.name, file)
        self._files, self._by_name = files, after
        return Changes(
            appeared=tuple(file for name, file in after.items() if name not in before),
            changed=tuple(file for name, file in after.items() if name in before and before[name] != file),
            vanished=tuple(name for name in before if name not in after),
        )


def _same(one: Path, other: Path) -> bool:
    return one.absolute() == other.absolute()


def _read_embedded(path: Path) -> ModelFile:
    contract, problem = read_contract(path)
    try:
        status = path.stat()
        size, modified = status.st_size, status.st_mtime
    except OSError:
        size, modified = 0, 0.0
    name = path.stem if contract is None else contract.name
    return ModelFile(name, path, size, modified, contract, problem)


def _read_file(path: Path, stamp: Stamp) -> ModelFile:
    contract, problem = read_contract(path)
    name = unicodedata.normalize("NFC", path.stem)  # macOS keeps accents apart, keyboards do not
    return ModelFile(name, path, stamp.size, stamp.modified_ns / 1e9, contract, problem)


def _named(files: Iterable[ModelFile], embedded: ModelFile) -> list[ModelFile]:
    """The files in order of their names, each name once; one whose name cannot be had comes last, with the reason."""
    good: dict[str, ModelFile] = {}
    refused: list[ModelFile] = []
    for file in sorted(files, key=lambda file: (file.name.casefold(), file.path.name)):
        reason = _name_problem(file, embedded, good)
        if reason is None:
            good[file.name] = file
        else:
            shown = file.path.name.encode("utf-8", "backslashreplace").decode()
            refused.append(replace(file, name=shown, problem=f"{shown} cannot be loaded: {reason}: rename the file"))
    return [*good.values(), *refused]


def _name_problem(file: ModelFile, embedded: ModelFile, taken: Mapping[str, ModelFile]) -> str | None:
    try:
        check_name(file.name)
    except ValueError as error:
        return str(error)
    if file.name == embedded.name:
        return "its name is that of the model that comes along"
    if file.name in taken:
        return f"its name reads like that of {taken[file.name].path.name}"
    return None
