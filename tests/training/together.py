"""What two processes do together in tests; each function runs in both, and what it returns comes back from each.

`Pairs` forks them from one process that has imported everything, for importing takes seconds.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor, nn

from tests.training.small import QUICK, run
from tests.training.trainers import ONE_THREAD, REPOSITORY
from training import loop, updates
from training.config_file import ConfigError
from training.data.phrases import PhraseBatches
from training.experiment import Experiment
from training.loop import TrainingFailed
from training.processes import (
    any_process,
    mean_over_processes,
    own_share,
    process_rank,
    same_everywhere,
    share_gradients,
)
from training.sampling.latent_noise import draw_latents

PATIENCE = timedelta(seconds=60)
FOR_GOOD = pytest.MonkeyPatch()  # never undone: each process runs one function, and ends


def talk(_folder: Path) -> dict[str, Any]:
    """Everything that processes ask each other, with other values in each."""
    rank = process_rank()
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    mean = mean_over_processes(x * (rank + 1))  # 1 and 2, 2 and 4
    (mean * (rank + 1)).sum().backward()  # type: ignore[no-untyped-call]
    weight, unused = nn.Parameter(torch.zeros(2, 2)), nn.Parameter(torch.zeros(3))
    weight.grad = torch.full((2, 2), 4.0 * rank)
    share_gradients([weight, unused])
    return {
        "rank": rank,
        "share": own_share(torch.arange(6)).tolist(),
        "mean": mean.tolist(),
        "gradient": None if x.grad is None else x.grad.tolist(),
        "shared": weight.grad.tolist(),
        "unused": unused.grad,
        "any": [any_process(wish) for wish in (False, rank == 0, rank == 1, True)],
        "same": {name: same_everywhere(tensors) for name, tensors in _alike(rank).items()},
    }


def _alike(rank: int) -> dict[str, list[Tensor]]:
    """Tensors that are the same in both processes, and those that are not quite."""
    ones = torch.ones(3, 2)
    return {
        "equal": [ones, torch.tensor(7), torch.zeros(0), ones.bfloat16(), torch.tensor(torch.nan), torch.ones(1) > 0],
        "not contiguous": [torch.arange(6.0).view(2, 3).t()],
        "nothing": [],
        "one bit": [ones, torch.tensor([1.0, 1.0 + rank * torch.finfo(torch.float32).eps])],
        "a sign": [torch.tensor(-0.0 if rank else 0.0)],
        "a step": [torch.tensor(rank), ones],
        "the order": [ones, 2 * ones] if rank else [2 * ones, ones],
    }


def train(folder: Path) -> str:
    return _said(lambda: run(Experiment(folder)))


def train_in_float64(folder: Path) -> str:
    """Where rounding is too small to be seen, and what differs is wrong."""
    _in_float64()
    return _said(lambda: run(Experiment(folder)))


def train_with_a_fault(folder: Path) -> str:
    """One of the processes gets a weight wrong, now and then, by the least that there is."""

    def share_and_spoil(parameters: Iterable[nn.Parameter]) -> None:
        weights = list(parameters)
        share_gradients(weights)
        if process_rank() == 1:
            with torch.no_grad():
                weights[0].view(-1)[0].mul_(1.0 + torch.finfo(torch.float32).eps)

    FOR_GOOD.setattr(updates, "share_gradients", share_and_spoil)
    return _said(lambda: run(Experiment(folder)))


def train_where_one_sees_no_checkpoint(folder: Path) -> str:
    """As machines that share no disk do."""
    name = "without" if process_rank() else "with"
    return _said(lambda: run(Experiment(folder / name), replace(QUICK, steps=3)))


def _said(train: Callable[[], Path]) -> str:
    FOR_GOOD.setattr(loop, "CALIBRATION_PHRASES", 4)
    try:
        train()
    except (ConfigError, TrainingFailed) as error:
        return str(error)
    return "trained"


def _in_float64() -> None:
    batch = PhraseBatches.batch

    def wide_batch(batches: PhraseBatches, step: int) -> NDArray[Any]:
        return batch(batches, step).astype(np.float64)

    def wide_latents(count: int, size: int, seed: tuple[int, ...]) -> Tensor:
        return draw_latents(count, size, seed).double()

    torch.set_default_dtype(torch.float64)
    FOR_GOOD.setattr(PhraseBatches, "batch", wide_batch)
    FOR_GOOD.setattr(loop, "draw_latents", wide_latents)


class Pairs:
    """Runs functions of this module in two processes, one pair after another. Used with `with`."""

    def run(self, function: Callable[[Path], Any], folder: Path) -> list[Any]:
        """What it returned in each process."""
        return self._run(function, folder, 2)

    def run_alone(self, function: Callable[[Path], Any], folder: Path) -> Any:
        """What it returned in a process that is by itself."""
        return self._run(function, folder, 1)[0]

    def _run(self, function: Callable[[Path], Any], folder: Path, count: int) -> list[Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{function.__name__} {count} {folder}\n")
        statuses = self._process.stdout.readline().split()
        assert statuses == ["0"] * count, f"the processes ended with {statuses}"
        return [pickle.loads(_result(folder, rank).read_bytes()) for rank in range(count)]

    def __enter__(self) -> Pairs:
        command = [sys.executable, "-c", "from tests.training.together import serve; serve()"]
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, env=ONE_THREAD, text=True, bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def serve() -> None:
    """What Pairs starts: a line on standard input is a function, how many processes, and a folder."""
    for line in sys.stdin:
        name, count, folder = line.rstrip("\n").split(" ", 2)
        children = [os.fork() or _work(name, int(count), Path(folder), rank) for rank in range(int(count))]
        print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children), flush=True)


def _work(name: str, count: int, folder: Path, rank: int) -> int:
    status = 1
    try:
        if count > 1:
            meeting = f"file://{folder}/{name}.meeting"
            dist.init_process_group("gloo", meeting, PATIENCE, count, rank)
        _result(folder, rank).write_bytes(pickle.dumps(globals()[name](folder)))
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)


def _result(folder: Path, rank: int) -> Path:
    return folder / f"result_{rank}.pickle"
