"""What a training run says of itself while it runs: its losses, and the log that a resumed run continues."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass

from rich.console import Console

from training.experiment import Experiment
from training.measures.metrics import Measures


@dataclass(frozen=True)
class Losses:
    """What the last step measured: the critic's adversarial loss, its penalty, the generator's loss."""

    distance: float
    penalty: float
    generator: float

    def finite(self) -> bool:
        return all(math.isfinite(value) for value in (self.distance, self.penalty, self.generator))

    def line(self) -> str:
        return f"D {self.distance:.3f} GP {self.penalty:.4f} G {self.generator:.3f}"


class StepLog:
    """logs/train/step.log, one line an entry, continued when a run resumes; measures also as eval/*.json."""

    def __init__(self, experiment: Experiment, console: Console, silent: bool = False) -> None:
        """`silent`: of several processes one writes."""
        experiment.logs.mkdir(parents=True, exist_ok=True)
        experiment.evaluation.mkdir(parents=True, exist_ok=True)
        self._silent = silent
        self._file = experiment.logs / "step.log"
        self._evaluation = experiment.evaluation
        self._console = console

    def write(self, text: str) -> None:
        """Add a line, stamped with the time of day, and show it."""
        if self._silent:
            return
        line = f"{time.strftime('%H:%M:%S')} {text}"
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
        # Plain text: a folder's name may hold what rich takes for markup.
        self._console.print(line, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def measures(self, step: int, found: Measures) -> None:
        """Write what the generator plays after `step` steps to eval/measures_STEP.json, and as a line."""
        path = self._evaluation / f"measures_{step:07d}.json"
        path.write_text(json.dumps(found.to_mapping(), indent=1, allow_nan=False), encoding="utf-8")
        self.write(f"step {step} plays: {found.line()}")
