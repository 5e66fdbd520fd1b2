"""Whether the model plays, how fast, and which exports in the models folder do not."""

from __future__ import annotations

from pathlib import Path

from bridge.clock import Now
from bridge.doctor.finding import Finding, Level
from bridge.generator import BadModel, Generator
from bridge.model_files.catalogue import ModelCatalogue
from bridge.model_files.self_test import self_test

SLOW_BAR_MS = 50.0  # a 32nd at 150 beats a minute: an answer on the next beat may come too late for it


def model(path: Path, provider: str, now: Now) -> Finding:
    """Opens it and lets it pass its self-test."""
    name = "model"
    try:
        generator = Generator(path, provider)
        test = self_test(generator, now)
    except BadModel as problem:
        said = str(problem) if str(path) in str(problem) else f"{path}: {problem}"
        remedy = "leave out --model to play the one that comes along, or export yours again"
        return Finding(name, Level.BAD, said, remedy)
    contract = generator.contract
    times = f"a bar takes {test.bar_ms:.1f} ms, a phrase of {contract.bars} bars {test.phrase_ms:.1f} ms"
    found = f"{contract.name!r} ({contract.model_hash[:12]}) passes its self-test; {times} on {generator.provider}"
    if test.notes:
        return Finding(name, Level.WARN, f"{found}; {'; '.join(test.notes)}")
    if test.bar_ms > SLOW_BAR_MS:
        remedy = "close other programs, or use a smaller model or a GPU; streaming works with a longer lookahead"
        return Finding(name, Level.WARN, found, remedy)
    return Finding(name, Level.OK, found)


def models(folder: Path, now: float) -> Finding:
    """Reads what every file in the models folder says of itself."""
    name = "models folder"
    catalogue = ModelCatalogue(folder)
    catalogue.refresh(now)
    if catalogue.problem:
        return Finding(name, Level.WARN, catalogue.problem, "check its permissions, or choose another with --models")
    problems = [file.problem for file in catalogue.files() if file.problem is not None]
    own = len(catalogue.names()) - 1
    found = f"{own or 'no'} model{'' if own == 1 else 's'} beside the one that comes along, in {folder}"
    if problems:
        return Finding(name, Level.WARN, "; ".join(problems), "export these again, or take them out of the folder")
    return Finding(name, Level.OK, found)
