"""The fastest way to run a model on CUDA that gives the same bars as the CPU."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from bridge.contract import ModelContract
from bridge.engine.latents import draw_latent
from bridge.sessions.bound_runs import CUDA_OPTIONS, DEVICE, BoundRuns, bar_counts
from bridge.sessions.opening import CUDA, CannotUse, last_line, open_session
from bridge.sessions.runs import PlainRuns, Runs

# Two ordinary runs, the capture, and two replays with other latents.
CHECKED_LATENTS = 5
# A share of the value range's half. Products in float32 summed in another order are some 1e-6 apart.
TOLERANCE = 1e-4

Way = Callable[[Path, ModelContract], Runs]

# The fastest first. Bound buffers without a graph gain nothing (1.11 ms instead of 1.08 a phrase on an H100).
WAYS: tuple[Way, ...] = (
    lambda path, contract: BoundRuns(path, contract, captures=True),
    lambda path, _contract: PlainRuns(open_session(path, CUDA, CUDA_OPTIONS), "CUDA", DEVICE),
)


def open_on_cuda(path: Path, contract: ModelContract, exact: Runs, ways: tuple[Way, ...] = WAYS) -> Runs:
    """Warmed up, and checked against `exact`, the CPU. Raises CannotUse, with the reason of the last way.

    Why a faster way cannot be used is in `how`.
    """
    reasons: list[str] = []
    for way in ways:
        try:
            runs = way(path, contract)
            _check(runs, exact, contract)
        except CannotUse as reason:
            reasons.append(str(reason))
        except Exception as error:  # ONNX Runtime's errors have no common class
            reasons.append(last_line(error))
        else:
            if reasons:
                runs.how += f" (nothing faster: {'; '.join(dict.fromkeys(reasons))})"
            return runs
    raise CannotUse(reasons[-1])


def _check(runs: Runs, exact: Runs, contract: ModelContract) -> None:
    """Runs as requests will, so that no first run is slow, and compares. The runs of different sizes take turns."""
    low, high = contract.value_range
    allowed = TOLERANCE * (high - low) / 2
    for seed in range(CHECKED_LATENTS):
        latent = draw_latent(contract, seed)
        expected = exact(latent, range(contract.bars))
        for count in bar_counts(contract.bars):
            bars = [(seed + place) % contract.bars for place in range(count)]
            apart = float(np.abs(runs(latent, bars) - expected[bars]).max())
            if not apart <= allowed:
                raise CannotUse(f"{runs.how}: its bars are {apart:.2g} from the CPU's, expected at most {allowed:.0e}")
