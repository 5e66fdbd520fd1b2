"""The bar that a running training shows: losses, phrases a second, time left."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

SMOOTHING = 0.1  # the weight of the last step in the speed


class TrainingProgress:
    """Used with `with`; `silent` for all processes but the first."""

    def __init__(self, console: Console, steps: int, first: int, silent: bool = False) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[losses]}"),
            console=console,
            disable=silent,
        )
        self._task = self._progress.add_task("training", total=steps, completed=first, losses="", speed="")
        self._last: float | None = None
        self.phrases_per_second = 0.0

    def step(self, step: int, losses: str, phrases: int, now: float) -> None:
        """Show that `step` steps are done, the last of which read `phrases` real phrases; `now` in seconds."""
        if self._last is not None and now > self._last:
            speed = phrases / (now - self._last)
            known = self.phrases_per_second
            self.phrases_per_second = known + SMOOTHING * (speed - known) if known else speed
        self._last = now
        shown = f"{self.phrases_per_second:.1f} phrases/s" if self.phrases_per_second else ""
        self._progress.update(self._task, completed=step, losses=losses, speed=shown)

    def __enter__(self) -> TrainingProgress:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
