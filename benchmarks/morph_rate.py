"""Whole phrases a second: python -m benchmarks.morph_rate [--provider cpu|cuda] [--seconds 5] [--model FILE.onnx]

Three rates, each with other latents every time. Through the engine: a /mai/morph datagram in, its bars out as
datagrams, and all between (the real engine, library and history, without the network). In the session: the generator
alone, at batch 1, as the bridge calls it. In batches: a session of its own whose batch axis is used, as a server of
many musicians would. Beside them the floor: the multiplications of a phrase, from the shapes of the graph's products,
at the rate that large matrix products reach in the same ONNX Runtime, on the same provider with as many threads. A part
that fails says why, and the others go on.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from bridge.clock import now
from bridge.contract import BARS_INPUT, LATENT_INPUT, ROLL_OUTPUT, ModelContract
from bridge.doors.address import Address
from bridge.doors.inbox import Inbox
from bridge.engine.band import Band
from bridge.engine.clock_desk import ClockDesk
from bridge.engine.engine import Engine, Surroundings
from bridge.engine.interpreter import without_old_rubbish
from bridge.engine.latents import draw_latent
from bridge.engine.memory import Memory
from bridge.engine.model_desk import ModelDesk
from bridge.engine.settings import PlaySettings
from bridge.generator import Generator
from bridge.handlers import HANDLERS
from bridge.library import Library
from bridge.paths import EMBEDDED_MODEL
from bridge.protocol.osc_packet import OscMessage, build_message
from bridge.sessions.bound_runs import CUDA_OPTIONS
from bridge.sessions.opening import CPU, CUDA, open_session
from tests.fakes import RecordingModels

MUSICIAN: Address = ("127.0.0.1", 50001)
PROMISED = {  # a second, through the engine and in the session; share of the peak in the session
    CPU: (250.0, 0.0, 0.60),
    CUDA: (0.0, 5000.0, 0.0),
}
PEAK_SIZES = {CPU: 1024, CUDA: 8192}  # of the square matrices whose product is the peak
LATENTS = 64  # that are drawn before the clock starts


@dataclass(frozen=True)
class Rate:
    """`seconds`: of one phrase, the median; None: it could not be measured."""

    name: str
    a_second: float
    seconds: float


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=EMBEDDED_MODEL)
    parser.add_argument("--provider", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each rate (%(default)s)")
    parser.add_argument("--batches", type=int, nargs="*", default=[8, 64, 512])
    arguments = parser.parse_args(argv)
    generator = Generator(arguments.model, arguments.provider)
    contract, provider = generator.contract, generator.provider
    print(f"{contract.name} on {provider}: {generator.provider_reason}; {os.cpu_count()} cores")
    products = phrase_products(arguments.model, contract)
    peaks = [_peak(provider)]
    print(f"a phrase is {products / 1e6:.1f} million multiplications")
    print(f"{'phrases a second':<42}{'rate':>9}{'median ms':>11}{'of the peak':>13}{'promised':>22}")
    engine_promise, session_promise, share_promise = PROMISED[provider]
    rates: dict[str, Rate | None] = {}
    parts: list[tuple[str, Callable[[], Rate], str]] = [
        ("through the engine", lambda: _through_engine(generator, arguments.seconds), _at_least(engine_promise)),
        (
            "in the session, batch 1",
            lambda: _in_session(generator, arguments.seconds),
            _at_least(session_promise) or f"{share_promise:.0%} of the peak",
        ),
    ]
    parts += [
        (
            f"in a session, batch {batch}",
            partial(_in_batches, arguments.model, contract, provider, batch, arguments.seconds),
            "",
        )
        for batch in arguments.batches
    ]
    for name, measure, promise in parts:
        rates[name] = _print_part(name, measure, promise, products, peaks[0])
    peaks.append(_peak(provider))
    peak = max(peaks)
    print(
        f"the peak: {peaks[0] / 1e9:.1f} and afterwards {peaks[1] / 1e9:.1f} thousand million multiplications a second"
        f"; at that rate {peak / products:.0f} phrases a second"
    )
    if generator.notice:
        print(f"notice: {generator.notice}")
    engine, session = rates["through the engine"], rates["in the session, batch 1"]
    kept = (
        engine is not None
        and session is not None
        and engine.a_second >= engine_promise
        and session.a_second >= session_promise
        and session.a_second * products >= share_promise * peak
    )
    print("promises kept" if kept else "promises not kept")
    return 0 if kept else 1


def _at_least(promised: float) -> str:
    return f"at least {promised:.0f}" if promised else ""


def _print_part(name: str, measure: Callable[[], Rate], promise: str, products: float, peak: float) -> Rate | None:
    try:
        rate = measure()
    except Exception as error:  # a part that fails must not hide the others
        print(f"{name:<42}failed: {type(error).__name__}: {str(error).strip()[-300:]}", flush=True)
        return None
    share = rate.a_second * products / peak
    print(f"{rate.name:<42}{rate.a_second:>9.0f}{rate.seconds * 1e3:>11.3f}{share:>12.1%} {promise:>22}", flush=True)
    return rate


def _rate(name: str, once: Callable[[int], None], seconds: float, phrases: int = 1) -> Rate:
    """`once` is told how often it was called before; each call makes so many phrases."""
    for turn in range(10):
        once(turn)
    taken: list[float] = []
    begin = time.perf_counter()
    while (start := time.perf_counter()) - begin < seconds:
        once(len(taken) + 10)
        taken.append(time.perf_counter() - start)
    return Rate(name, len(taken) * phrases / (time.perf_counter() - begin), float(np.median(taken)) / phrases)


def _through_engine(generator: Generator, seconds: float) -> Rate:
    """A morph between two saved latents, its weights new each time, as datagrams in and out."""
    contract = generator.contract
    sent = [0, 0]  # datagrams, bytes

    def send(message: OscMessage, _address: Address) -> None:
        sent[0] += 1
        sent[1] += len(build_message(message.address, message.arguments))

    models = RecordingModels()
    inbox = Inbox(lambda message, source: engine.outbox.answer_noise(message, source))
    with Library.in_memory() as library:
        around = Surroundings(
            handlers=HANDLERS,
            send=send,
            out=None,
            clock=ClockDesk(120.0, now()),
            memory=Memory(library.history, library.settings),
            models=ModelDesk(models, models),
            now=now,
            wall_clock=time.time,
        )
        play = PlaySettings(tempo=contract.tempo, threshold=contract.threshold)
        engine = Engine(Band(generator), library.latents, inbox, play, around)

        def say(address: str, *arguments: int | float | str) -> None:
            inbox.receive(build_message(address, arguments), MUSICIAN, now())
            letter = inbox.take(0.0)
            assert letter is not None
            engine.handle(letter, now())
            engine.tick(now())

        for seed, name in enumerate(("here", "there")):
            say("/mai/generate", seed + 1, seed)
            say("/mai/latent/save", 10 + seed, name)

        def once(turn: int) -> None:
            share = (turn * 0.381966) % 1.0  # never the same twice
            say("/mai/morph", 100 + turn, "here", share, "there", 1.0 - share)

        with without_old_rubbish():  # as the bridge runs
            rate = _rate("through the engine", once, seconds)
        if engine.counters.rejected or sent[0] < 10 * contract.bars:
            raise RuntimeError(f"{engine.counters.rejected} requests were refused, {sent[0]} datagrams sent")
    return rate


def _in_session(generator: Generator, seconds: float) -> Rate:
    latents = [draw_latent(generator.contract, seed) for seed in range(LATENTS)]
    phrase = list(range(generator.contract.bars))
    return _rate("in the session, batch 1", lambda turn: void(generator(latents[turn % LATENTS], phrase)), seconds)


def _in_batches(model: Path, contract: ModelContract, provider: str, batch: int, seconds: float) -> Rate:
    """With buffers bound on the device; on CUDA the rolls are copied out, since someone is to hear them."""
    session = open_session(model, provider, CUDA_OPTIONS if provider == CUDA else None)
    rows = np.stack([draw_latent(contract, seed) for seed in range(batch)])
    bars = np.arange(contract.bars)
    where = "cuda" if provider == CUDA else "cpu"
    cells = (len(contract.tracks), contract.steps_per_bar, contract.pitches)
    latents = onnxruntime.OrtValue.ortvalue_from_numpy(rows, where, 0)
    wanted = onnxruntime.OrtValue.ortvalue_from_numpy(bars, where, 0)
    rolls = onnxruntime.OrtValue.ortvalue_from_shape_and_type((batch, contract.bars, *cells), np.float32, where, 0)
    binding = session.io_binding()
    binding.bind_ortvalue_input(LATENT_INPUT, latents)
    binding.bind_ortvalue_input(BARS_INPUT, wanted)
    binding.bind_ortvalue_output(ROLL_OUTPUT, rolls)
    alone = _rate("", lambda _turn: session.run_with_iobinding(binding), seconds / 2, batch)

    def once(turn: int) -> None:
        latents.update_inplace(np.roll(rows, turn, axis=0))
        session.run_with_iobinding(binding)
        rolls.numpy()

    whole = _rate(f"in a session, batch {batch}", once, seconds / 2, batch)
    return Rate(f"{whole.name} (left there: {alone.a_second:.0f})", whole.a_second, whole.seconds)


def void(_value: object) -> None:
    """The value is not wanted."""


def phrase_products(path: Path, contract: ModelContract) -> float:
    """The multiplications of one phrase: of every Gemm and MatMul, from the shapes that come out of a run."""
    model = onnx.load(str(path))
    products = [node for node in model.graph.node if node.op_type in ("Gemm", "MatMul")]
    shown = {name for node in products for name in (node.input[0], node.output[0])}
    known = {value.name for value in (*model.graph.input, *model.graph.output, *model.graph.initializer)}
    for name in sorted(shown - known):
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=[CPU])
    feed = {LATENT_INPUT: draw_latent(contract, 0)[None], BARS_INPUT: np.arange(contract.bars)}
    names = [value.name for value in session.get_outputs()]
    shapes: dict[str, tuple[int, ...]] = {
        name: array.shape for name, array in zip(names, session.run(names, feed), strict=True)
    }
    shapes |= {LATENT_INPUT: (1, contract.latent_size)}
    shapes |= {one.name: tuple(one.dims) for one in model.graph.initializer}
    total = 0.0
    for node in products:
        transposed = any(one.name == "transA" and one.i for one in node.attribute)
        total += float(np.prod(shapes[node.output[0]])) * shapes[node.input[0]][0 if transposed else -1]
    return total


def _peak(provider: str) -> float:
    """Multiplications a second of large products, in the same runtime with as many threads; the best of a few."""
    size = PEAK_SIZES[provider]
    session = _product_session(size, provider)
    where = "cuda" if provider == CUDA else "cpu"
    rng = np.random.default_rng(0)
    matrix: NDArray[np.float32] = rng.standard_normal((size, size), dtype=np.float32)
    binding = session.io_binding()
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(matrix, where, 0) for _ in range(3)]
    for name, value in zip("ab", values, strict=False):
        binding.bind_ortvalue_input(name, value)
    binding.bind_ortvalue_output("c", values[2])
    best = float("inf")
    for _ in range(8):
        begin = time.perf_counter()
        session.run_with_iobinding(binding)
        best = min(best, time.perf_counter() - begin)
    return size**3 / best


def _product_session(size: int, provider: str) -> Any:
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (size, size)) for name in "abc"]
    graph = helper.make_graph([helper.make_node("MatMul", ["a", "b"], ["c"])], "product", values[:2], values[2:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    chosen = (CUDA, CUDA_OPTIONS) if provider == CUDA else CPU
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=[chosen])


if __name__ == "__main__":
    sys.exit(main())
