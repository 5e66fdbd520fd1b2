"""From the start of `maisynth serve` to the first answer, and what it takes: python -m benchmarks.start

Warm starts until a /mai/ping over UDP is answered, also as on a core of its own (less the time that the main thread
waited for one, as Linux counts it); stages, imports, memory; what the base install takes on the disk and whether a
serving bridge imports it; how late a thread like the player's wakes while a model is loaded and a stream runs. The exit
status says whether start (where the machine was busy: on a core of its own) and memory are as promised.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.musicians_load import stream
from bridge.__main__ import main as bridge_main
from bridge.clock import now
from bridge.doors.client import BridgeClient, NoAnswer
from bridge.midi.real_time import become_real_time
from bridge.model_files.loader import ModelLoader

Span = tuple[float, float]  # clock seconds
READY_PROMISED, MEMORY_PROMISED = 1.0, 250.0  # seconds, MB resident
ROOT = Path(__file__).parent.parent
STAGES = ("interpreter", "imports", "model", "library", "doors", "the rest, to the first answer")
TRIGGERS, LOADS = 200, 10  # presses before memory is looked at; of a model while a stream runs
_LOADING = "while a model is opened and tested"
_NAP_SECONDS, _GIVE_UP_SECONDS = 0.001, 60.0
BRIDGE, _PROBED = ("-m", "bridge"), "--probed"
_IMPORTS = "import bridge.daemon, bridge.screen.start_screen, rich.console"
# A bridge whose stages are wanted: it writes a line a stage, and the names of its modules when it ends.
_STAGED = f"""
import atexit, sys, time
log = open(sys.argv.pop(1), "w", buffering=1)
def mark(stage, begun=0.0):
    print(stage, time.perf_counter(), begun, file=log)
mark("interpreter")
atexit.register(lambda: print("modules", *sorted({{name.partition(".")[0] for name in sys.modules}}), file=log))
{_IMPORTS}, bridge.__main__
mark("imports")
def timed(stage, made):
    def make(*given, **named):
        begun = time.perf_counter()
        try: return made(*given, **named)
        finally: mark(stage, begun)
    return make
for name, stage in dict(Generator="model", Library="library", bring_starting_latents="library", OscServer="doors",
                        HttpDoor="doors", BandMidi="doors").items():
    setattr(bridge.daemon, name, timed(stage, getattr(bridge.daemon, name)))
sys.exit(bridge.__main__.main(sys.argv[1:]))
"""


@dataclass(frozen=True, slots=True)
class Launch:
    """How a bridge is started, on a port of its own. Compiled modules are kept, as an installed bridge's are."""

    options: tuple[str, ...]
    address: tuple[str, int]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Start:
    """One start, in seconds. `waited`: for a core, of the main thread; NaN where the system does not say."""

    begun: float
    ready: float
    waited: float


@dataclass(frozen=True, slots=True)
class Package:
    """An installed distribution: MB on the disk, its largest file with MB, and whether a serving bridge imports it."""

    name: str
    megabytes: float
    largest: str
    imported: bool


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    runs: int = parser.parse_args(argv).runs
    with tempfile.TemporaryDirectory() as name:
        launch = launch_in(Path(name))
        starts = _starts(launch, runs)
        _print_packages(packages(_print_stages(launch, max(3, runs // 2), Path(name) / "stages")))
        memory = _memory(launch)
        _print_lateness(launch, Path(name) / "late")
    return 0 if _kept(starts, memory) else 1


def launch_in(folder: Path) -> Launch:
    """A bridge on a free port, whose library, models and compiled modules are in the folder."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()
    options = ("serve", "--port", str(address[1]), "--http-port", "0", "--library", str(folder / "latents.sqlite"))
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    return Launch((*options, "--models", str(folder / "models")), address, environment)


@contextmanager
def serving(program: Sequence[str], launch: Launch) -> Iterator[tuple[int, Start]]:
    """The process id of a bridge that answers, and how it got there. Raises SystemExit where it does not."""
    begun = now()
    command = [sys.executable, *program, *launch.options]
    with subprocess.Popen(command, cwd=ROOT, env=launch.environment, stdout=subprocess.DEVNULL) as bridge:
        try:
            with BridgeClient(launch.address) as client:
                while not _answers(client):
                    if bridge.poll() is not None or now() - begun > _GIVE_UP_SECONDS:
                        raise SystemExit(f"the bridge did not start (exit {bridge.poll()})")
            ready, scheduled = now() - begun, Path(f"/proc/{bridge.pid}/schedstat")
            waited = int(scheduled.read_text().split()[1]) / 1e9 if scheduled.exists() else float("nan")
            yield bridge.pid, Start(begun, ready, waited)
        finally:
            bridge.terminate()


def _answers(client: BridgeClient) -> bool:
    with suppress(NoAnswer, ConnectionRefusedError):
        client.send("/mai/ping", 1)
        return any(message.address == "/mai/pong" for message in client.receive(0.004))
    time.sleep(0.004)
    return False


def resident(process: int) -> float:
    """MB of memory; NaN where the system does not say."""
    status = Path(f"/proc/{process}/status")  # Linux alone has it
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmRSS:")), float("nan"))


def _starts(launch: Launch, runs: int) -> list[Start]:
    starts = []
    for run in range(runs + 1):
        with serving(BRIDGE, launch) as (_, start):
            starts += [start] if run else []  # the first one fills the caches
    print(f"start to the first answer, {runs} runs, seconds: median, least, most")
    _print_row("as it was", np.percentile([one.ready for one in starts], (50, 0, 100)))
    _print_row("on a core of its own", np.percentile([one.ready - one.waited for one in starts], (50, 0, 100)))
    return starts


def _print_row(name: str, figures: Iterable[float], form: str = "8.2f") -> None:
    print(f"  {name:<44}" + "".join(f"{figure:{form}}" for figure in figures))


def _print_stages(launch: Launch, runs: int, log: Path) -> frozenset[str]:
    """Returns the top-level modules that the bridge had imported when it ended."""
    found: list[dict[str, float]] = []
    for _ in range(runs):
        with serving(("-c", _STAGED, str(log)), launch) as (_, start):
            found.append(stage_seconds(log.read_text(encoding="utf-8"), start))
    print("\nstages, median milliseconds as they were")
    for stage in STAGES:
        _print_row(stage, [np.median([one[stage] for one in found]) * 1e3], "8.0f")
    command = [sys.executable, "-X", "importtime", "-c", _IMPORTS]
    told = subprocess.run(command, cwd=ROOT, env=launch.environment, capture_output=True, text=True, check=True).stderr
    print("the slowest imports, milliseconds: their own, and with what they import")
    for module, own, all_of_it in slowest_imports(told, 10):
        _print_row(module, (own * 1e3, all_of_it * 1e3), "8.1f")
    return frozenset(log.read_text(encoding="utf-8").splitlines()[-1].split()[1:])


def stage_seconds(log: str, start: Start) -> dict[str, float]:
    """By stage, of what a staged bridge wrote: lines of a stage, its end, and its begin (0: the end before)."""
    seconds, before = dict.fromkeys(STAGES, 0.0), start.begun
    for stage, end, begin in (line.split() for line in log.splitlines()):
        seconds[stage] += float(end) - (float(begin) or before)
        before = float(end)
    seconds[STAGES[-1]] = start.ready - sum(seconds.values())
    return seconds


def slowest_imports(told: str, count: int) -> list[tuple[str, float, float]]:
    """Of what `python -X importtime` writes: module, its own seconds, seconds with what it imports; slowest first."""
    rows = [line.removeprefix("import time:").split("|") for line in told.splitlines() if line.count("|") == 2]
    found = [(name.strip(), int(own) / 1e6, int(every) / 1e6) for own, every, name in rows if own.strip().isdigit()]
    return sorted(found, key=lambda row: row[1], reverse=True)[:count]


def _memory(launch: Launch) -> float:
    with serving(BRIDGE, launch) as (process, _), BridgeClient(launch.address) as client:
        at_once = resident(process)
        for seed in range(TRIGGERS):
            client.request("/mai/generate", seed)
        after = resident(process)
    print(f"\nmemory, MB resident: {at_once:.0f} after the start, {after:.0f} after {TRIGGERS} triggers")
    return max(at_once, after)


def packages(modules: Collection[str]) -> list[Package]:
    """What the base install brings beside us, the largest first. Extras are left out, and what is not here."""
    found: dict[str, Package] = {}
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    while asked:
        requirement = Requirement(asked.pop())
        name, marker = canonicalize_name(requirement.name), requirement.marker
        if name in found or not (marker is None or marker.evaluate({"extra": ""})):
            continue
        with suppress(PackageNotFoundError):
            installed = distribution(name)
            files = [file for file in installed.files or () if file.suffix != ".pyc"]
            code = {file.parts[0].partition(".")[0] for file in files if file.suffix in (".py", ".so", ".pyd")}
            paths = (path for file in files if (path := Path(str(file.locate()))).is_file())
            sizes = sorted((path.stat().st_size / 1e6, path.name) for path in paths) or [(0.0, "")]
            largest, megabytes = "{1} {0:.1f}".format(*sizes[-1]), sum(size for size, _ in sizes)
            found[name] = Package(name, megabytes, largest, not code.isdisjoint(modules))
            asked.extend(installed.requires or ())
    return sorted(found.values(), key=lambda one: one.megabytes, reverse=True)


def _print_packages(found: Sequence[Package]) -> None:
    print(f"\nbase install: {len(found)} packages, {sum(one.megabytes for one in found):.0f} MB; the ten largest")
    for one in found[:10]:
        print(f"  {one.name:<20}{one.megabytes:8.1f} MB  {'' if one.imported else 'NOT '}imported, {one.largest}")
    idle = ", ".join(f"{one.name} {one.megabytes:.1f}" for one in found if not one.imported)
    print(f"  not imported by a bridge that serves: {idle or 'none'}")


def _print_lateness(launch: Launch, log: Path) -> None:
    program = ("-m", "benchmarks.start", _PROBED, str(log))
    with serving(program, launch), BridgeClient(launch.address, 20.0) as client, stream(launch.address):
        model = str(client.request("/mai/hello", "loader", 0)[0].arguments[3])
        for _ in range(LOADS):
            time.sleep(0.5)
            client.request("/mai/model/load", model)
    print("\na stream runs; milliseconds that a thread like the player's wakes too late: median, 99 %, most")
    print(log.read_text(encoding="utf-8"), end="")


def lateness(naps: Iterable[Span], loads: Sequence[Span], during: bool) -> list[float]:
    """Milliseconds (median, 99 %, most) that naps (due end, end) were too long which a load touches, or the others."""
    found = [woken - due for due, woken in naps if any(woken >= begin and due <= end for begin, end in loads) is during]
    return [float(one) * 1e3 for one in np.percentile(found or [np.nan], (50, 99, 100))]


def _probed(log: Path, options: Sequence[str]) -> int:
    """A bridge with one more thread, of the player's priority, that naps; writes down how late it woke."""
    naps: list[Span] = []
    loads: list[Span] = []
    opened: Callable[..., Any] = ModelLoader._outcome

    def nap() -> None:
        become_real_time()
        while True:
            due = now() + _NAP_SECONDS
            time.sleep(_NAP_SECONDS)
            naps.append((due, now()))

    def watched(*given: Any) -> Any:
        begun = now()
        outcome = opened(*given)
        loads.append((begun, now()))
        return outcome

    setattr(ModelLoader, "_outcome", watched)  # noqa: B010
    threading.Thread(target=nap, daemon=True).start()
    status = bridge_main(options)
    since = [nap for nap in naps[:] if nap > loads[0]]  # those of the start do not count
    rows = {name: lateness(since, loads, name == _LOADING) for name in (_LOADING, "otherwise")}
    log.write_text("".join(f"  {name:<44}{'{:8.2f}{:8.2f}{:8.2f}'.format(*row)}\n" for name, row in rows.items()))
    return status


def _kept(starts: Sequence[Start], memory: float) -> bool:
    ready = float(np.median([one.ready for one in starts]))
    judged = min(ready, float(np.median([one.ready - one.waited for one in starts])))  # ready where that is NaN
    kept = judged < READY_PROMISED and not memory >= MEMORY_PROMISED
    print(
        f"\npromised: {READY_PROMISED:g} s (judged: {judged:.2f}), {MEMORY_PROMISED:g} MB: {'' if kept else 'NOT '}kept"
    )
    return kept


if __name__ == "__main__":
    sys.exit(_probed(Path(sys.argv[2]), sys.argv[3:]) if sys.argv[1:2] == [_PROBED] else main())
