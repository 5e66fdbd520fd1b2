"""Which way to run the default network: python -m benchmarks.providers [--provider cpu|cuda] [--only WORD]

One network with one set of weights: as transposed convolutions, the way its authors draw it, and lowered to matrix
products, the way we export it; in float32, float16, bfloat16 and int8; in ONNX Runtime, OpenVINO (where it is
installed) and torch. Each row is a process of its own, so that one that fails says why and the others go on. The
columns are medians of a bar and of the phrase (the convolutions know no single bar), and the cells of 100 latents that
sound otherwise than in float32 in ONNX Runtime on the CPU.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.contract import BARS_INPUT, LATENT_INPUT, from_metadata
from bridge.engine.latents import Latent, draw_latent
from bridge.sessions.bound_runs import CUDA_OPTIONS, BoundRuns
from bridge.sessions.opening import CPU, CUDA, open_on_cpu, open_session
from bridge.sessions.runs import PlainRuns, Rolls

# torch and onnx are imported where they are needed: a row starts in a third of a second without them.

LATENTS = 100
LONGEST_SECONDS, MOST_RUNS = 1.5, 200
ROW_SECONDS = 60.0  # torch.compile takes most of it
REFERENCE = "reference.npy"  # what float32 plays, as benchmarks.default_network_files writes it

Player = Callable[[Latent, Sequence[int]], Rolls]


@dataclass(frozen=True)
class Row:
    """`form`: ours or plain; `kind`: of its numbers; `runtime`: a key of PLAYERS."""

    runtime: str
    form: str
    kind: str
    threads: int = 1

    @property
    def name(self) -> str:
        threads = "" if "CUDA" in self.runtime else f", {self.threads} thread{'s' * (self.threads > 1)}"
        form = "ours (products)" if self.form == "ours" else "plain (convolutions)"
        return f"{self.runtime}, {form}, {self.kind}{threads}"


ON_CPU = (
    *(Row("ONNX Runtime", "ours", "float32", threads) for threads in (1, 2)),
    *(Row("ONNX Runtime", "plain", "float32", threads) for threads in (1, 2)),
    *(Row("ONNX Runtime", "ours", kind) for kind in ("float16", "bfloat16", "int8")),
    *(Row("OpenVINO", form, "float32", threads) for form in ("ours", "plain") for threads in (1, 2)),
    Row("OpenVINO", "ours", "bfloat16"),
    *(Row("torch eager", form, "float32", threads) for form in ("ours", "plain") for threads in (1, 2)),
    Row("torch eager", "ours", "bfloat16"),
    Row("torch.compile", "ours", "float32"),
)
ON_CUDA = (
    *(Row("ONNX Runtime CUDA", form, kind) for form in ("ours", "plain") for kind in ("float32", "float16")),
    *(Row("ONNX Runtime CUDA", "ours", kind) for kind in ("bfloat16", "int8")),
    Row("ONNX Runtime CUDA bound", "ours", "float32"),
    *(Row("ONNX Runtime CUDA graphs", "ours", kind) for kind in ("float32", "TF32", "float16", "bfloat16")),
    *(Row("torch eager CUDA", "ours", kind) for kind in ("float32", "bfloat16")),
    Row("torch eager CUDA", "plain", "float32"),
    *(Row("torch.compile CUDA", "ours", kind) for kind in ("float32", "bfloat16")),
)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--provider", choices=("cpu", "cuda"), default="cpu", help="cuda adds its rows")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--row", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.row is not None:
        return _measure(_rows("cuda")[arguments.row], arguments.folder)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_files(folder)
        print(f"{'':<58}{'a bar ms':>10}{'a phrase ms':>13}{'cells that differ':>20}")
        for number, row in enumerate(_rows("cuda")):
            if row in _rows(arguments.provider) and arguments.only in row.name:
                print(f"{row.name:<58}{_in_a_process(number, folder)}", flush=True)
    return 0


def _write_files(folder: Path) -> None:
    from benchmarks.default_network_files import write_files

    write_files(folder, LATENTS)


def _rows(provider: str) -> tuple[Row, ...]:
    return ON_CPU if provider == "cpu" else ON_CUDA + ON_CPU


def _in_a_process(number: int, folder: Path) -> str:
    program = [sys.executable, "-m", "benchmarks.providers", "--row", str(number), "--folder", str(folder)]
    try:
        done = subprocess.run(program, capture_output=True, text=True, timeout=ROW_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"  took more than {ROW_SECONDS:.0f} s"
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        said = (done.stderr.strip() or done.stdout.strip() or f"ended with {done.returncode}").splitlines()
        return f"  {said[-1][:160]}"
    found = json.loads(lines[-1])
    bar = "-" if found["bar"] is None else f"{found['bar']:.3f}"
    return f"{bar:>10}{found['phrase']:>13.3f}{found['differ']:>12} of {found['cells'] / 1e6:.1f} M"


def _measure(row: Row, folder: Path) -> int:
    """Runs a row and prints its figures as a line of JSON; why it cannot be run goes to stderr."""
    try:
        play = PLAYERS[row.runtime](row, folder)
        contract = _contract(folder)
        latents = [draw_latent(contract, seed) for seed in range(LATENTS)]
        phrase = list(range(contract.bars))
        sounding = np.stack([play(latent, phrase) > contract.cell_threshold for latent in latents])
        expected = np.load(folder / REFERENCE)
        differ = int((sounding != expected).sum())
        bar = None if row.form == "plain" else _median_ms(lambda turn: play(latents[turn % LATENTS], [0]))
        whole = _median_ms(lambda turn: play(latents[turn % LATENTS], phrase))
    except Exception as error:  # a runtime that cannot run it is a finding
        print(f"{type(error).__name__}: {' '.join(str(error).split())[-140:]}", file=sys.stderr)
        return 1
    print(json.dumps({"bar": bar, "phrase": whole, "differ": differ, "cells": expected.size}))
    return 0


def _median_ms(once: Callable[[int], Rolls]) -> float:
    for turn in range(10):
        once(turn)
    taken: list[float] = []
    begin = time.perf_counter()
    while len(taken) < MOST_RUNS and time.perf_counter() - begin < LONGEST_SECONDS:
        start = time.perf_counter()
        once(len(taken))
        taken.append((time.perf_counter() - start) * 1e3)
    return float(np.median(taken))


def _file(row: Row, folder: Path) -> Path:
    path = folder / f"{row.form}_{'float32' if row.kind == 'TF32' else row.kind}.onnx"
    if not path.is_file():
        raise FileNotFoundError(
            (folder / f"{path.stem}.txt").read_text() if path.with_suffix(".txt").is_file() else path
        )
    return path


def _contract(folder: Path) -> Any:
    session = open_on_cpu(folder / "ours_float32.onnx")
    return from_metadata(session.get_modelmeta().custom_metadata_map)


def _onnx_runtime(row: Row, folder: Path) -> Player:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = row.threads
    session = onnxruntime.InferenceSession(str(_file(row, folder)), options, providers=[CPU])
    return PlainRuns(session, row.runtime) if row.form == "ours" else _plain_player(_runs_session(session))


def _onnx_runtime_cuda(row: Row, folder: Path) -> Player:
    session = open_session(_file(row, folder), CUDA, CUDA_OPTIONS)
    return PlainRuns(session, row.runtime) if row.form == "ours" else _plain_player(_runs_session(session))


def _bound(row: Row, folder: Path) -> Player:
    options = CUDA_OPTIONS | {"use_tf32": "1"} if row.kind == "TF32" else CUDA_OPTIONS
    return BoundRuns(_file(row, folder), _contract(folder), captures="graphs" in row.runtime, options=options)


def _openvino(row: Row, folder: Path) -> Player:
    openvino = importlib.import_module("openvino")  # no dependency of ours
    hints = {"float32": "f32", "bfloat16": "bf16"}
    settings = {"INFERENCE_NUM_THREADS": row.threads, "INFERENCE_PRECISION_HINT": hints[row.kind]}
    path = folder / f"{row.form}_float32.onnx"
    compiled = openvino.Core().compile_model(str(path), "CPU", settings | {"PERFORMANCE_HINT": "LATENCY"})
    if row.form == "plain":
        return _plain_player(lambda feed: np.asarray(compiled(feed)[0]))
    return lambda latent, bars: np.asarray(
        compiled({LATENT_INPUT: latent[None], BARS_INPUT: np.asarray(bars, dtype=np.int64)})[0]
    )[0]


def _torch(row: Row, folder: Path) -> Player:
    import torch

    torch.set_num_threads(row.threads)
    device = "cuda" if "CUDA" in row.runtime else "cpu"
    kind = {"float32": torch.float32, "bfloat16": torch.bfloat16}[row.kind]
    network = torch.load(folder / f"{row.form}.pt", weights_only=False).to(device).to(kind).eval()
    if "compile" in row.runtime:
        network = torch.compile(network, mode="reduce-overhead" if device == "cuda" else "default")
    wanted = {count: torch.arange(count, device=device) for count in range(1, 33)}

    def play(latent: Latent, bars: Sequence[int]) -> Rolls:
        with torch.inference_mode():
            row_in = torch.from_numpy(latent[None]).to(device).to(kind)
            if row.form == "plain":
                return _as_ours(network(row_in).float().cpu().numpy())
            rolls: Rolls = network(row_in, wanted[len(bars)]).float().cpu().numpy()[0]
            return rolls

    return play


PLAYERS: dict[str, Callable[[Row, Path], Player]] = {
    "ONNX Runtime": _onnx_runtime,
    "ONNX Runtime CUDA": _onnx_runtime_cuda,
    "ONNX Runtime CUDA bound": _bound,
    "ONNX Runtime CUDA graphs": _bound,
    "OpenVINO": _openvino,
    "torch eager": _torch,
    "torch eager CUDA": _torch,
    "torch.compile": _torch,
    "torch.compile CUDA": _torch,
}


def _runs_session(session: Any) -> Callable[[dict[str, NDArray[np.float32]]], NDArray[np.float32]]:
    return lambda feed: np.asarray(session.run(None, feed)[0])


def _plain_player(run: Callable[[dict[str, NDArray[np.float32]]], NDArray[np.float32]]) -> Player:
    """Of a graph that knows no bars: all of them, whichever are wanted."""
    return lambda latent, _bars: _as_ours(run({LATENT_INPUT: latent[None]}))


def _as_ours(rolls: NDArray[np.float32]) -> Rolls:
    """(1, bars, steps, pitches, tracks) as (bars, tracks, steps, pitches)."""
    return np.ascontiguousarray(rolls[0].transpose(0, 3, 1, 2), dtype=np.float32)


if __name__ == "__main__":
    sys.exit(main())
