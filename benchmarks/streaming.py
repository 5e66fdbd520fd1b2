"""A stream under a host that changes its mind: python -m benchmarks.streaming [--seconds 60]

A bridge runs as a process of its own. A scripted host sends it /mai/transport twenty times a second over UDP, with the
tempo going up and down between 90 and 150 and a jump back by four bars every twenty seconds; a client morphs between
two saved latents at 60 Hz; a third listens to the stream. Counted is every message of a streamed bar that comes after
the bar's time (half a second after a jump aside: no one knew of it). The exit status says whether there was one.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.bridge_process import bridge_process
from bridge.doors.client import BridgeClient, NoAnswer
from bridge.paths import EMBEDDED_MODEL

SLOWEST, FASTEST, RAMP_SECONDS = 90.0, 150.0, 10.0
TELL_EVERY, MORPH_EVERY, JUMP_EVERY = 0.05, 1.0 / 60.0, 20.0  # seconds
JUMP_BEATS = 16.0
FORGIVEN_SECONDS = 0.5  # after a jump


@dataclass
class Host:
    """A song on the wall clock; one thread tells it, another asks where it is."""

    beat: float = 0.0
    bpm: float = SLOWEST
    at: float = field(default_factory=time.perf_counter)
    jumped_at: float = -1.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def beat_now(self) -> float:
        with self.lock:
            return self.beat + (time.perf_counter() - self.at) * self.bpm / 60.0

    def go_on(self, bpm: float, jumps: bool) -> tuple[float, float]:
        """The song at another tempo from here, or four bars earlier; returns beat and tempo to tell."""
        beat = self.beat_now()
        with self.lock:
            self.at = time.perf_counter()
            self.beat, self.bpm = (beat - JUMP_BEATS if jumps else beat), bpm
            if jumps:
                self.jumped_at = self.at
            return self.beat, self.bpm


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=EMBEDDED_MODEL)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--port", type=int, default=7792)
    arguments = parser.parse_args(argv)
    margins: list[float] = []  # seconds before the bar's time
    stop = threading.Event()
    with bridge_process(arguments.model, arguments.port) as client:
        for name in ("A", "B"):
            client.request("/mai/generate")
            client.request("/mai/latent/save", name)
        host, address = Host(), ("127.0.0.1", arguments.port)
        threads = [
            threading.Thread(target=_host, args=(BridgeClient(address), host, stop)),
            threading.Thread(target=_listen, args=(BridgeClient(address), host, stop, margins)),
        ]
        for thread in threads:
            thread.start()
        morphs = _morph(BridgeClient(address), arguments.seconds)
        status = json.loads(str(client.request("/mai/status")[-1].arguments[1]))
        stop.set()
        for thread in threads:
            thread.join()
    late = sum(margin < 0 for margin in margins)
    low, median = np.percentile(margins, (0, 50)) * 1e3
    print(f"{arguments.seconds:g} s, {morphs} morphs, {len(margins)} messages of streamed bars")
    print(f"before the bar's time: median {median:.0f} ms, least {low:.1f} ms; {late} came after it")
    print(f"the bridge's own count: {status['counters']}")
    print(f"milliseconds: a bar made {status['latency_ms']['bar']}, a phrase answered {status['latency_ms']['phrase']}")
    return 1 if late or status["counters"]["late"] else 0


def _host(client: BridgeClient, host: Host, stop: threading.Event) -> None:
    begin = time.perf_counter()
    jumps_made = 0
    while not stop.wait(TELL_EVERY):
        elapsed = time.perf_counter() - begin
        share = abs((elapsed / RAMP_SECONDS) % 2.0 - 1.0)
        jumps = elapsed > JUMP_EVERY * (jumps_made + 1) and host.beat_now() > JUMP_BEATS
        jumps_made += jumps
        beat, bpm = host.go_on(FASTEST - (FASTEST - SLOWEST) * share, jumps)
        client.send("/mai/transport", beat, bpm, 1, 4, 4)
    client.close()


def _listen(client: BridgeClient, host: Host, stop: threading.Event, margins: list[float]) -> None:
    client.request("/mai/hello", "benchmark", 0)
    time.sleep(4 * TELL_EVERY)  # until the host has spoken
    client.send("/mai/stream/start", 1_000_000)
    told_at = time.perf_counter()
    while not stop.is_set():
        try:
            for message in client.receive(0.2):
                now = time.perf_counter()
                if now - told_at > 5.0:
                    client.send("/mai/ping", 1_000_001)
                    told_at = now
                is_streamed = message.address == "/mai/bar" and float(message.arguments[5]) >= 0.0
                if is_streamed and now - host.jumped_at > FORGIVEN_SECONDS:
                    margins.append((float(message.arguments[5]) - host.beat_now()) * 60.0 / host.bpm)
                if stop.is_set():
                    break
        except NoAnswer:
            continue
    client.close()


def _morph(client: BridgeClient, seconds: float) -> int:
    """Back and forth between both latents; returns how many requests were sent."""
    begin, sent = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        weight = abs((sent / 120) % 2.0 - 1.0)
        client.send("/mai/morph", sent, "A", weight, "B", 1.0 - weight)
        sent += 1
        time.sleep(MORPH_EVERY)
    client.close()
    return sent


if __name__ == "__main__":
    sys.exit(main())
