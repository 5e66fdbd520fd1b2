"""Every check, in the order in which a musician reads them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from bridge.clock import now
from bridge.doctor import cuda, installation, midi_output, model, ports, storage, timing
from bridge.doctor.finding import Finding, Level
from bridge.engine.settings import BridgeSettings

Check = Callable[[], Finding]


@dataclass(frozen=True, slots=True)
class Machine:
    """The parts of the world that cannot be asked for twice the same way."""

    now: Callable[[], float] = now
    wall_clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


def all_checks(settings: BridgeSettings, models: Path, machine: Machine | None = None) -> dict[str, Check]:
    """The checks of a bridge started with these settings, by what they are about."""
    here = machine or Machine()
    return {
        "versions": installation.versions,
        "ONNX Runtime": lambda: installation.onnxruntime_installed(
            installation.onnxruntime_distributions(distributions())
        ),
        "model": lambda: model.model(settings.model, settings.provider, here.now),
        "CUDA": lambda: _cuda(settings),
        "models folder": lambda: model.models(models, here.now()),
        "MIDI": lambda: midi_output.midi_output(settings.midi_api, settings.midi_port),
        "OSC port": lambda: ports.osc_port(settings.host, settings.port),
        "who is let in": lambda: ports.who_is_let_in(settings.host, settings.allow),
        "HTTP port": lambda: ports.http_port(settings.http_port),
        "network": lambda: timing.loopback(here.now),
        "data folder": lambda: storage.data_folder(settings.library),
        "latent library": lambda: storage.library(settings.library),
        "crash reports": lambda: storage.crashes(settings.library),
        "clock": lambda: timing.clock_drift(here.now, here.wall_clock, here.sleep),
        "wake-up": lambda: timing.wake_up(here.now, here.sleep),
        "real-time priority": timing.real_time,
    }


def run_checks(checks: dict[str, Check], begin: Callable[[str], None] = lambda _name: None) -> Iterator[Finding]:
    """The findings, one after the other; a check that fails itself is one too. `begin` is told what comes next."""
    for name, check in checks.items():
        begin(name)
        try:
            yield check()
        except Exception as problem:  # the others must be heard
            found = f"the check itself failed: {type(problem).__name__}: {problem}"
            yield Finding(name, Level.BAD, found, "report it, with this line")


def _cuda(settings: BridgeSettings) -> Finding:
    if settings.provider == "cpu":
        return Finding(cuda.NAME, Level.OK, "not wanted (--provider cpu)")
    module, major = cuda.onnxruntime_folder(), cuda.cuda_major(distributions())
    return cuda.cuda(settings.provider == "cuda", settings.model, module, major, cuda.Linker(module.parent))
