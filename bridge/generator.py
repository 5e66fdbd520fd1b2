"""The generator as it plays: an ONNX file on the provider that suits it (bridge.sessions has the ways to run it)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bridge.clock import Now
from bridge.clock import now as clock_now
from bridge.contract import (
    BARS_INPUT,
    LATENT_INPUT,
    ROLL_OUTPUT,
    ContractError,
    ModelContract,
    from_metadata,
)
from bridge.engine.latents import Latent
from bridge.sessions.cuda_ways import open_on_cuda
from bridge.sessions.interruption import Interrupted, Interruption
from bridge.sessions.opening import CPU, CUDA, CannotUse, last_line, open_on_cpu
from bridge.sessions.pace import measure_paces
from bridge.sessions.rivalry import Rivalry
from bridge.sessions.runs import PlainRuns, Rolls, Runs
from bridge.sessions.second_core import meanwhile

__all__ = ["PROVIDERS", "BadModel", "CannotUse", "Generator", "open_on_cpu"]

PROVIDERS = ("auto", "cpu", "cuda")
_SPOKEN = {CPU: "the CPU", CUDA: "CUDA"}
_WARM_UP_RUNS = 3  # the first runs allocate

# Opens a model on CUDA, warm, with bars like those of the runs given, the CPU's. Raises CannotUse.
OpenOnCuda = Callable[[Path, ModelContract, Runs], Runs]


class BadModel(ValueError):
    """The file is no model that can be played here; the message names it and says why and what to do."""


class Generator:
    """latent (latent_size,) and bar indices to activations (bars wanted, tracks, steps_per_bar, pitches).

    One thread calls it. `provider` is the execution provider that really runs the graph, `provider_reason` says in a
    sentence why it is that one, `notice` why it is not the one asked for, or no longer. All three can change with a
    call: of auto's two providers the other one takes over when this one turns slow, and the CPU when CUDA fails.
    """

    def __init__(
        self,
        path: Path,
        provider: str = "auto",
        open_cuda: OpenOnCuda = open_on_cuda,
        now: Now = clock_now,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`pause`: waits so many seconds. Raises BadModel; ValueError for a provider that is none of PROVIDERS."""
        if provider not in PROVIDERS:
            raise ValueError(f"provider is {provider!r}, expected one of: {', '.join(PROVIDERS)}")
        self.path, self._now = path, now
        self.notice: str | None = None
        self.provider_reason = f"{_SPOKEN[CPU]} plays, as asked"
        self._rivalry: Rivalry | None = None
        self._interruption: Interruption | None = None
        session = _open(path)
        try:
            self.contract = from_metadata(session.get_modelmeta().custom_metadata_map)
            _check_shapes(session, self.contract)
        except ContractError as error:
            raise BadModel(f"{path}: {error}") from error
        # The CPU also where CUDA plays: it is there at once when that fails.
        self._cpu: Runs = PlainRuns(session, _SPOKEN[CPU])
        self._ways: dict[str, Runs] = {CPU: self._cpu}
        self.provider = CPU
        self._warm_up()
        if provider != "cpu":
            self._consider_cuda(provider == "cuda", open_cuda, pause)

    @property
    def providers(self) -> tuple[str, ...]:
        """Those that can run it, the CPU first."""
        return tuple(self._ways)

    def __call__(self, latent: Latent, bars: Sequence[int]) -> Rolls:
        """Activations of these bars, in this order, in the contract's value_range; the caller's own.

        Raises ValueError for a latent of another length or a bar that the model does not have; Interrupted.
        """
        self._check(latent, bars)
        begin = self._now()
        try:
            rolls = self._ways[self.provider](latent, bars, self._interruption)
        except Interrupted:
            raise
        except Exception as error:  # ONNX Runtime's errors have no common class
            if self.provider == CPU:
                raise
            self._give_up_cuda(error)
            return self._cpu(latent, bars)
        self._took(len(bars), self._now() - begin)
        return rolls

    def begin(self, latent: Latent, bars: Sequence[int]) -> Callable[[], Rolls]:
        """The same on a second core, while this thread goes on; what comes back waits for it.

        So the engine makes 282 morphs a second instead of 205 (two CPU cores; benchmarks/morph_rate.py). CUDA is for
        one thread: there it is computed when it is asked for.
        """
        if self.provider != CPU:
            return partial(self, latent, bars)
        self._check(latent, bars)
        interruption = self._interruption

        def run() -> tuple[Rolls, float]:
            begin = self._now()
            return self._cpu(latent, bars, interruption), self._now() - begin

        coming = meanwhile(run)

        def finish() -> Rolls:
            rolls, seconds = coming()
            if self.provider == CPU:  # still
                self._took(len(bars), seconds)
            return rolls

        return finish

    @contextmanager
    def ended_by(self, interruption: Interruption | None) -> Iterator[None]:
        """While it is entered, runs are begun that `interruption` ends. On CUDA they take half a millisecond and go on.

        Of 100 presses under morphs at 60 Hz one began after more than 5.3 ms where a morph's run went on to its end
        (two CPU cores; benchmarks/first_note.py).
        """
        self._interruption = interruption
        try:
            yield
        finally:
            self._interruption = None

    def _took(self, bars: int, seconds: float) -> None:
        """Who plays has computed so many bars in so many seconds; of auto's two providers the other may play now."""
        if self._rivalry is not None:
            self._rivalry.took(bars, seconds, self._now())
            self.provider, self.provider_reason = self._rivalry.playing, self._rivalry.reason

    def _check(self, latent: Latent, bars: Sequence[int]) -> None:
        if latent.shape != (self.contract.latent_size,):
            raise ValueError(f"the latent has shape {latent.shape}, expected ({self.contract.latent_size},)")
        if not bars or not all(0 <= bar < self.contract.bars for bar in bars):
            raise ValueError(f"bars is {list(bars)}, expected some of 0 to {self.contract.bars - 1}")

    def _warm_up(self) -> None:
        """Run as a request will, so that the first one is not the slow one. Raises BadModel if it cannot run."""
        silence = np.zeros(self.contract.latent_size, dtype=np.float32)
        cells = (len(self.contract.tracks), self.contract.steps_per_bar, self.contract.pitches)
        for _ in range(_WARM_UP_RUNS):
            for bars in ([0], list(range(self.contract.bars))):
                try:
                    rolls = self._cpu(silence, bars)
                except Exception as error:  # ONNX Runtime's errors have no common class
                    raise BadModel(f"{self.path} cannot run: {error}") from error
                expected = (len(bars), *cells)
                if rolls.shape != expected or not np.isfinite(rolls).all():
                    raise BadModel(
                        f"{self.path} computed a roll of shape {rolls.shape}, expected {expected}, all finite"
                    )

    def _consider_cuda(self, insisted: bool, open_cuda: OpenOnCuda, pause: Callable[[float], None]) -> None:
        """Play on CUDA where it can be used and, unless that was insisted on, is the faster one."""
        try:
            self._ways[CUDA] = cuda = open_cuda(self.path, self.contract, self._cpu)
        except CannotUse as reason:
            self.provider_reason = f"{_SPOKEN[CPU]} plays: CUDA cannot be used ({reason})"
            if insisted:
                self.notice = f"CUDA was asked for but cannot be used ({reason}); the CPU plays"
            return
        if insisted:
            self.provider, self.provider_reason = CUDA, f"CUDA plays, as asked: {cuda.how}"
            return
        try:
            paces = measure_paces(self._ways, self.contract, self._now, pause)
        except Exception as error:  # it has run before: the CPU is not the one that failed
            self._give_up_cuda(error)
            return
        self._rivalry = Rivalry(paces, {CPU: _SPOKEN[CPU], CUDA: cuda.how})
        self.provider, self.provider_reason = self._rivalry.playing, self._rivalry.reason

    def _give_up_cuda(self, error: Exception) -> None:
        """After an error the device may be lost to the process: it is not tried again with this model."""
        del self._ways[CUDA]
        self._rivalry, self.provider = None, CPU
        self.notice = f"CUDA failed ({last_line(error)}); the CPU plays"
        self.provider_reason = self.notice


def _open(path: Path) -> Any:
    if not path.is_file():
        raise BadModel(f"there is no model file {path}")
    try:
        return open_on_cpu(path)
    except CannotUse as reason:
        raise BadModel(f"{path} is not an ONNX model that can be loaded: {reason}") from reason


def _check_shapes(session: Any, contract: ModelContract) -> None:
    """What the file declares must agree with its contract; names that vary (strings) agree with anything."""
    found = {value.name: (value.type, value.shape) for value in (*session.get_inputs(), *session.get_outputs())}
    expected: dict[str, tuple[str, list[int | None]]] = {
        LATENT_INPUT: ("tensor(float)", [None, contract.latent_size]),
        BARS_INPUT: ("tensor(int64)", [None]),
        ROLL_OUTPUT: (
            "tensor(float)",
            [None, None, len(contract.tracks), contract.steps_per_bar, contract.pitches],
        ),
    }
    for name, (kind, shape) in expected.items():
        if name not in found:
            raise ContractError(f"the graph has no {name!r}, it has: {', '.join(sorted(found))}")
        found_kind, found_shape = found[name]
        agrees = len(found_shape) == len(shape) and all(
            want is None or not isinstance(have, int) or want == have
            for want, have in zip(shape, found_shape, strict=True)
        )
        if found_kind != kind or not agrees:
            raise ContractError(
                f"the graph's {name!r} is {found_kind} {found_shape}, the contract asks for {kind} {shape}"
            )
