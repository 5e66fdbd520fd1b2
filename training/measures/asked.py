"""What an evaluation is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training.data.phrase_file import PhraseRules
from training.weights_option import Weights

Report = Callable[[str], None]  # hears what is being done


@dataclass(frozen=True)
class Asked:
    """How to evaluate an experiment."""

    phrases: int = 1000  # of each set
    min_note: float = 0.0  # beats, of a set of its own; 0: none
    quick: bool = False  # without what takes minutes: novelty, who can tell it from real music, morphs
    generated: Path | None = None  # phrases in place of the model's
    rules: PhraseRules = PhraseRules()  # of those, if they are MIDI files
    jobs: int = -1
    weights: Weights = "average"  # of the model
