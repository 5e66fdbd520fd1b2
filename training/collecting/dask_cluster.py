"""A Dask cluster as the place where joblib's work is done: `--dask tcp://host:8786`."""

from __future__ import annotations

import gc
import importlib
import os
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import joblib

READING = "training.collecting.reading"  # what the workers import
PATIENCE = 10.0  # seconds that the scheduler, and then a first worker, have to answer


class ClusterError(ValueError):
    """The cluster cannot be worked on; the message says what came, what was expected and what to do."""


@contextmanager
def dask_cluster(address: str, folder: Path, patience: float = PATIENCE) -> Iterator[None]:
    """joblib works on the workers of the scheduler at `address`, which see `folder`. Raises ClusterError.

    They are asked once, in the beginning, whether they see the folder; whoever joins later is not.
    """
    try:
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise ClusterError(f"--dask needs Dask ({error}): pip install 'maisynthesizer[cluster]'") from error
    client = _connected(distributed, address, patience)
    with client:
        _check_workers(client, address, folder.absolute(), patience)
        try:
            with joblib.parallel_config("dask", client=client):
                yield
        except distributed.KilledWorker as error:
            raise ClusterError(
                f"several workers of {address} were ended while they read the same files, most often for want of "
                f"memory: give them more than they have ({error})"
            ) from error
        except CancelledError as error:
            raise ClusterError(
                f"the Dask scheduler at {address} is gone in the middle of the work: start it again, then collect again"
            ) from error


def _connected(distributed: Any, address: str, patience: float) -> Any:
    try:
        if not address:
            raise ValueError("no address is given")
        return distributed.Client(address, timeout=patience, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = str(error)
    # A client that could not connect closes itself when it is collected. In the middle of another's start, that would
    # wait for ever.
    gc.collect()
    raise ClusterError(
        f"no Dask scheduler answers at {address} ({reason}): expected the address that `dask scheduler` prints, "
        "such as tcp://192.168.0.5:8786"
    )


def _check_workers(client: Any, address: str, folder: Path, patience: float) -> None:
    """Raises ClusterError. What is asked is Python's own, for a worker that lacks this package ends at its name."""
    try:
        # A task, so that a cluster that grows with its work begins to grow.
        client.submit(os.path.isdir, str(folder), pure=False).result(timeout=patience)
    except TimeoutError as error:
        raise ClusterError(
            f"the Dask scheduler at {address} has no worker that answers in {patience:g} s: start one with "
            f"`dask worker {address} --nthreads 1`"
        ) from error
    imported = client.run(exec, f"import {READING}", on_error="return")
    for worker, missing in imported.items():
        if missing is not None:
            raise ClusterError(
                f"the worker {worker} of {address} lacks what reading needs ({missing}): pip install "
                "'maisynthesizer[train,cluster]' on every worker, in the version that is here"
            )
    blind = sorted(worker for worker, sees in client.run(os.path.isdir, str(folder)).items() if not sees)
    if blind:
        raise ClusterError(
            f"{len(blind)} of the {len(imported)} workers of {address} do not see {folder} (the first is {blind[0]}): "
            "expected the folder at the same path on all of them, as a shared drive gives it"
        )
