"""Processes that run maisynth-train run-train, to be killed. They fork from one that has imported everything: importing
takes seconds, and a test of many needs many."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from training.experiment import Experiment

REPOSITORY = Path(__file__).parents[2]
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}

_PROGRAM = """
import os, sys
from training import loop
from training.__main__ import main
loop.CALIBRATION_PHRASES = 4  # the many of a real run take most of the time of so few steps
for line in sys.stdin:
    order, _, folder = line.rstrip("\\n").partition(" ")
    if order == "start":
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os._exit(main(["run-train", folder]))
    else:
        if order != "wait":
            os.kill(child, int(order))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Trainers:
    """One process at a time: `start` it, then `kill` it, `terminate` it or `wait` for its end. Used with `with`."""

    def start(self, experiment: Experiment) -> None:
        self._tell(f"start {experiment.folder}")

    def kill(self) -> int:
        """kill -9, at once; the exit status: -9, or what it was if the process had ended before."""
        self._tell("9")
        return self._status()

    def terminate(self) -> int:
        """SIGTERM; the exit status."""
        self._tell(str(int(signal.SIGTERM)))
        return self._status()

    def wait(self) -> int:
        """The exit status."""
        self._tell("wait")
        return self._status()

    def __enter__(self) -> Trainers:
        command = [sys.executable, "-c", _PROGRAM]
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, env=ONE_THREAD, text=True, bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def _tell(self, order: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")

    def _status(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())
