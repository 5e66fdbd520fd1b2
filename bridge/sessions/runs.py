"""What every way to run a model offers, and the plain way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.contract import BARS_INPUT, LATENT_INPUT, ROLL_OUTPUT
from bridge.engine.latents import Latent
from bridge.sessions.interruption import Interruption

Rolls = NDArray[np.float32]

_NO_LOCK: AbstractContextManager[None] = nullcontext()


class Runs(Protocol):
    """A model on a provider. One thread calls it."""

    provider: str  # ONNX Runtime's name of what really runs the graph
    how: str  # in words, for the musician

    def __call__(self, latent: Latent, bars: Sequence[int], interruption: Interruption | None = None, /) -> Rolls:
        """Activations (bars wanted, tracks, steps_per_bar, pitches): the caller's own, no later call touches them.

        Raises Interrupted, where the way can be interrupted; otherwise whatever the provider raises: ONNX Runtime's
        errors have no common class.
        """
        ...


class PlainRuns:
    """Arrays in, a fresh array out, whatever the number of bars.

    Also the fast way on a CPU: bound and reused buffers took 0.99 ms a bar and 3.45 a phrase instead of 1.03 and 3.49,
    and the copy that the caller then needs took the difference.
    """

    def __init__(self, session: Any, how: str, alone: AbstractContextManager[object] = _NO_LOCK) -> None:
        """`alone`: entered while it runs."""
        self._session, self.how, self._alone = session, how, alone
        self.provider: str = session.get_providers()[0]

    def __call__(self, latent: Latent, bars: Sequence[int], interruption: Interruption | None = None) -> Rolls:
        feed = {LATENT_INPUT: latent_row(latent), BARS_INPUT: np.asarray(bars, dtype=np.int64)}
        with self._alone:
            if interruption is None:
                (rolls,) = self._session.run([ROLL_OUTPUT], feed)
            else:
                (rolls,) = self._until(interruption, feed)
        return np.asarray(rolls[0], dtype=np.float32)

    def _until(self, interruption: Interruption, feed: Mapping[str, Any]) -> Any:
        try:
            return self._session.run([ROLL_OUTPUT], feed, interruption.options)
        except Exception:  # ONNX Runtime's errors have no common class
            interruption.check()
            raise


def latent_row(latent: Latent) -> Rolls:
    """A latent (latent_size,) as the graph takes it, (1, latent_size)."""
    return np.ascontiguousarray(latent[None], dtype=np.float32)
