"""How latency and memory grow with what a musician piles up: python -m benchmarks.growth [--plots FOLDER]

Against clients (without and with a stream), saved latents, steps of history, bars of the model and its weights (fresh
networks of the grid's kind, exported small), each from a bridge process: a press that names a seed, to its first bar
and to the whole phrase; the start on a core of its own; memory; and what the axis itself makes longer, such as a
listing. A table for each, and for each curve its exponent over all points and over the last step. The exit status says
whether a curve that grows at all grows worse than its n log n; the fits go by medians, for machines are shared.
"""

from __future__ import annotations

import argparse
import math
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.musicians_load import stream
from benchmarks.presses import press_often
from benchmarks.start import BRIDGE, Launch, Start, launch_in, resident, serving
from bridge.clock import now
from bridge.contract import ModelContract, from_metadata
from bridge.doors.client import BridgeClient, BridgeError
from bridge.library import MAX_UNDO_STEPS, HistoryEntry, LatentLibrary, Library
from bridge.model_files.onnx_metadata import read_metadata
from bridge.paths import EMBEDDED_MODEL

CLIENTS, LATENTS = (1, 10, 50), (10, 10_000, 1_000_000)
HISTORY, BARS, WIDTHS = (10, 100, MAX_UNDO_STEPS), (1, 2, 4, 8), (0.5, 1.0, 2.0)
MARGIN = 0.15  # of an exponent: what a shared machine adds to one
GROWS = 1.5  # times from the first point to the last: less is no growth, whatever the noise makes of it
_REPEATS = 5
_CHANNELS = [f"{kind}_CHANNELS" for kind in ("BAR", "BEAT", "OWN_BAR", "OWN_BEAT", "BAND", "PART")]


@dataclass(frozen=True)
class Series:
    """One axis: how much there is of it at each point, and each figure there (milliseconds, or MB where it says so)."""

    name: str
    sizes: list[float] = field(default_factory=list)
    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, size: float, figures: Mapping[str, float]) -> None:
        """A point; each has the same figures."""
        self.sizes.append(size)
        for what, figure in figures.items():
            self.figures.setdefault(what, []).append(figure)


@dataclass(frozen=True, slots=True)
class Growth:
    """A curve's exponent over all points and over its last step, and whether it grows worse than its n log n."""

    overall: float
    last: float
    worse: bool


def exponent(sizes: Sequence[float], figures: Sequence[float]) -> float:
    """k of the power law n^k that is nearest in logarithms; NaN for fewer than two sizes or a figure not above 0."""
    if len(set(sizes)) < 2 or not all(one > 0 for one in (*sizes, *figures)):
        return math.nan
    return float(np.polyfit(np.log(sizes), np.log(figures), 1)[0])


def growth(sizes: Sequence[float], figures: Sequence[float]) -> Growth:
    """How a curve grows; n log n is measured on the same sizes. What cannot be told (NaN) is not called worse."""
    limit = [size * math.log2(size + 1.0) for size in sizes]
    spans = (slice(None), slice(-2, None))
    overall, last = (exponent(sizes[span], figures[span]) for span in spans)
    beyond = any(
        found > exponent(sizes[span], limit[span]) + MARGIN for found, span in zip((overall, last), spans, strict=True)
    )
    return Growth(overall, last, beyond and figures[-1] > GROWS * figures[0])


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--axes", nargs="+", choices=AXES, default=list(AXES))
    parser.add_argument("--presses", type=int, default=40)
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="a picture of each axis (needs matplotlib)")
    arguments = parser.parse_args(argv)
    worse: list[str] = []
    for axis in arguments.axes:
        for series in AXES[axis](arguments.presses):
            print(table(series), flush=True)
            found = {what: growth(series.sizes, figures) for what, figures in series.figures.items()}
            worse += [f"{what} against {series.name}" for what, one in found.items() if one.worse]
            if arguments.plots is not None:
                _plot(series, arguments.plots)
    print(f"worse than n log n: {', '.join(worse) or 'nothing'}")
    return 1 if worse else 0


def table(series: Series) -> str:
    """A column a point, then the two exponents."""
    lines = [
        f"\n{series.name:<34}" + "".join(f"{size:>12,.0f}" for size in series.sizes) + f"{'n^':>9}{'last step':>11}"
    ]
    for what, figures in series.figures.items():
        found = growth(series.sizes, figures)
        verdict = "  WORSE than n log n" if found.worse else ""
        points = "".join(f"{figure:>12.2f}" for figure in figures)
        lines.append(f"  {what:<32}{points}{found.overall:>9.2f}{found.last:>11.2f}{verdict}")
    return "\n".join(lines)


@contextmanager
def _band(folder: Path, *options: str) -> Iterator[tuple[BridgeClient, Launch, Callable[[int], dict[str, float]]]]:
    """A bridge with a client that said hello, and what measures some presses there."""
    launch = launch_in(folder)
    launch = replace(launch, options=(*launch.options, *options))
    with serving(BRIDGE, launch):
        pass  # the caches are warm
    with serving(BRIDGE, launch) as (process, start), BridgeClient(launch.address, 30.0) as client:
        tracks = len(client.request("/mai/hello", "growth", 0)[0].arguments) - 7
        yield client, launch, lambda presses: _figures(client, presses, tracks, process, start)


def _figures(client: BridgeClient, presses: int, tracks: int, process: int, start: Start) -> dict[str, float]:
    press_often(client, 3, seeded=True, tracks=tracks)  # the first ones allocate
    made = press_often(client, presses, seeded=True, tracks=tracks)
    figures: dict[str, float] = {}
    for what, seconds in (("first bar", made.first_bar), ("phrase", made.phrase)):
        p50, p95 = np.percentile(seconds, (50, 95)) * 1e3
        figures |= {f"{what}, p50": float(p50), f"{what}, p95": float(p95)}
    return {**figures, "start": (start.ready - start.waited) * 1e3, "memory, MB": resident(process)}


def _milliseconds(do: Callable[[], object]) -> float:
    times = []
    for _ in range(_REPEATS):
        begun = now()
        do()
        times.append(now() - begun)
    return median(times) * 1e3


def _clients(presses: int) -> Iterator[Series]:
    for name, streaming in (("clients", False), ("clients, and a stream", True)):
        series = Series(name)
        with (
            tempfile.TemporaryDirectory() as folder,
            _band(Path(folder)) as (_, launch, measure),
            ExitStack() as others,
        ):
            others.enter_context(stream(launch.address) if streaming else nullcontext())
            clients: list[BridgeClient] = []
            for count in CLIENTS:
                while len(clients) + 1 + streaming < count:
                    clients.append(others.enter_context(BridgeClient(launch.address)))
                for number, one in enumerate(clients):  # anew: who is silent is forgotten
                    one.send("/mai/hello", 1, f"client {number}", 0)
                figures = measure(presses)
                del figures["start"]
                series.add(count, figures)
        yield series


def _latents(presses: int) -> Iterator[Series]:
    series = Series("saved latents")
    for count in LATENTS:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "latents.sqlite"
            fill(path, count, _embedded())
            with _band(Path(name)) as (client, _, measure):
                figures = measure(presses)
                figures["save"] = _milliseconds(lambda: client.request("/mai/latent/save", "mine"))
                figures["recall"] = _milliseconds(lambda: client.request("/mai/latent/recall", "mine"))
                figures["a name that is not there"] = _milliseconds(lambda: _misspelt(client))
                figures["status"] = _milliseconds(lambda: client.request("/mai/status"))
            with LatentLibrary(path) as library:
                figures["all names, in the library"] = _milliseconds(library.names)
            series.add(count, figures)
    yield series


def fill(path: Path, count: int, contract: ModelContract) -> None:
    """A library of so many latents of the model, each with its values alone, in one transaction."""
    LatentLibrary(path).close()
    numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
    columns = "INSERT INTO latents (name, model_hash, latent, saved_at)"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            f"{numbers} {columns} SELECT 'take ' || n, ?, randomblob(?), n FROM numbers",
            (count, contract.model_hash, 4 * contract.latent_size),
        )


def _misspelt(client: BridgeClient) -> None:
    with suppress(BridgeError):  # which is the answer that is measured
        client.request("/mai/latent/recall", "tkae 77")


def _history(presses: int) -> Iterator[Series]:
    series, contract = Series("steps of history"), _embedded()
    for count in HISTORY:
        with tempfile.TemporaryDirectory() as name:
            with Library(Path(name) / "latents.sqlite") as library:
                for step in range(count):
                    values = np.full(contract.latent_size, step, dtype=np.float32)
                    library.history.push(HistoryEntry(values, contract.model_hash, "generate", float(step)))
            with _band(Path(name)) as (client, _, measure):
                undo = _milliseconds(lambda: client.request("/mai/history/undo"))
                series.add(count, {**measure(presses), "undo": undo})
    yield series


def _models(name: str, networks: Sequence[tuple[int, float]]) -> Callable[[int], Iterator[Series]]:
    def measured(presses: int) -> Iterator[Series]:
        series = Series(name)
        for bars, width in networks:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "fresh.onnx"
                weights = export_fresh(path, bars, width)
                with _band(Path(folder), "--model", str(path)) as (_, _, measure):
                    series.add(bars if name == "bars" else weights, measure(presses))
        yield series

    return measured


def export_fresh(path: Path, bars: int, width: float) -> int:
    """Writes a grid generator of so many bars, its channels times `width`; returns how many weights it has."""
    from export.describe import Provenance, describe
    from export.lowering import lower
    from export.onnx_file import onnx_model
    from training.averaging import calibrate
    from training.checkpoint import Checkpoint
    from training.config import GRID, Config, LatentParts, Nets, Params
    from training.networks import grid_generator
    from training.networks.presets import build_generator
    from training.sampling.latent_noise import draw_latents

    _, *sizes = Params().data_shape
    params = Params(data_shape=(bars, *sizes), latent_dim=LatentParts().size(bars, sizes[-1]), nets=Nets(GRID))
    channels: dict[str, Any] = {name: int(getattr(grid_generator, name) * width) for name in _CHANNELS}
    with patch.multiple(grid_generator, **channels):
        network = build_generator(params)
    calibrate(network, [(draw_latents(16, network.latent_size, (1,)), None)])
    contract = describe(Checkpoint(0, params, Config(), {}, {}, network.state_dict(), {}, {}), network, Provenance("x"))
    path.write_bytes(onnx_model(lower(network), contract).SerializeToString())
    return sum(weights.numel() for weights in network.parameters())


def _embedded() -> ModelContract:
    return from_metadata(read_metadata(EMBEDDED_MODEL))


def _plot(series: Series, folder: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.5), layout="constrained")
    axes = figure.add_subplot(xscale="log", yscale="log", xlabel=series.name, ylabel="milliseconds, MB")
    for number, (what, figures) in enumerate(series.figures.items()):
        axes.plot(series.sizes, figures, marker="o", linestyle="-" if number < 10 else "--", label=what)
    figure.legend(loc="outside right upper", fontsize="x-small")
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f"{series.name.replace(',', '').replace(' ', '_')}.png", dpi=120)


AXES: Mapping[str, Callable[[int], Iterator[Series]]] = {
    "clients": _clients,
    "latents": _latents,
    "history": _history,
    "bars": _models("bars", [(bars, 1.0) for bars in BARS]),
    "weights": _models("weights", [(4, width) for width in WIDTHS]),
}


if __name__ == "__main__":
    sys.exit(main())
