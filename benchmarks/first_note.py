"""From a press of the button to the first bar and to the whole phrase: python -m benchmarks.first_note

A bridge runs as a process of its own and is triggered over UDP from this one. Beside the figures stands the floor: the
echo of an empty request (/mai/ping) on the same socket in the same run, and the generator alone.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.bridge_process import bridge_process
from bridge.doors.client import BridgeClient
from bridge.engine.latents import draw_latent
from bridge.generator import Generator
from bridge.paths import EMBEDDED_MODEL

PAUSE_SECONDS = 0.02  # between triggers: a musician's presses are not back to back


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=EMBEDDED_MODEL)
    parser.add_argument("--triggers", type=int, default=1000)
    parser.add_argument("--port", type=int, default=7791)
    arguments = parser.parse_args(argv)
    with bridge_process(arguments.model, arguments.port) as client:
        echo, first_bar, phrase = _measure(client, arguments.triggers)
    one_bar, four_bars = _generator_alone(arguments.model, arguments.triggers)
    print(f"{arguments.triggers} triggers, milliseconds{'p50':>19}{'p95':>8}{'p99':>8}{'max':>8}")
    for name, seconds in (
        ("UDP echo through the engine (floor)", echo),
        ("generator alone, one bar (floor)", one_bar),
        ("trigger to first bar, all tracks", first_bar),
        ("generator alone, phrase (floor)", four_bars),
        ("trigger to whole phrase", phrase),
    ):
        p50, p95, p99, most = np.percentile(seconds, (50, 95, 99, 100)) * 1e3
        print(f"{name:<40}{p50:>8.2f}{p95:>8.2f}{p99:>8.2f}{most:>8.2f}")
    print(f"phrase / its floor: {np.median(phrase) / (np.median(echo) + np.median(four_bars)):.2f}")
    return 0


def _measure(client: BridgeClient, triggers: int) -> tuple[list[float], list[float], list[float]]:
    echo: list[float] = []
    first_bar: list[float] = []
    phrase: list[float] = []
    for seed in range(triggers):
        time.sleep(PAUSE_SECONDS)
        begin = time.perf_counter()
        client.request("/mai/ping")
        echo.append(time.perf_counter() - begin)
        time.sleep(PAUSE_SECONDS)
        begin = time.perf_counter()
        client.send("/mai/generate", 1_000_000 + seed, seed)
        for message in client.receive(5.0):
            if message.address == "/mai/bar" and message.arguments[1:3] == (0, 4) and len(first_bar) <= seed:
                first_bar.append(time.perf_counter() - begin)
            if message.address == "/mai/done":
                phrase.append(time.perf_counter() - begin)
                break
    return echo, first_bar, phrase


def _generator_alone(model: Path, runs: int) -> tuple[list[float], list[float]]:
    generator = Generator(model, "cpu")
    times: tuple[list[float], list[float]] = ([], [])
    for seed in range(runs):
        latent = draw_latent(generator.contract, seed)
        for wanted, seconds in zip(([0], list(range(generator.contract.bars))), times, strict=True):
            time.sleep(PAUSE_SECONDS / 4)
            begin = time.perf_counter()
            generator(latent, wanted)
            seconds.append(time.perf_counter() - begin)
    return times


if __name__ == "__main__":
    sys.exit(main())
