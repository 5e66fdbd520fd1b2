"""A crowd at one bridge: python -m benchmarks.load [--clients 50] [--rate 1000] [--seconds 600]

A bridge runs as a process of its own and streams a phrase; the clients (load_crowd.py) ask at a steady rate in all,
whether they are answered or not (load_mix.py says what for). Each request has to be answered, if only as busy, or is
counted among the datagrams that the system dropped; nobody is answered much less than another; memory stays. The exit
status says whether every promise was kept (Load.faults). A rate above what the bridge can do shows what it refuses.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.load_crowd import Crowd, LoadClient
from benchmarks.load_figures import Load, LoadLook, Share, report
from benchmarks.load_mix import MORPHED
from benchmarks.start import BRIDGE, ROOT, Launch, launch_in, resident
from benchmarks.udp_sockets import udp_sockets
from bridge.clock import now
from bridge.doors.client import BridgeClient, NoAnswer
from bridge.paths import EMBEDDED_MODEL

LOOK_SECONDS = 1.0
SETTLE_SECONDS = 15.0  # in which the last answers come
_END_SECONDS, _START_SECONDS = 15.0, 60.0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=EMBEDDED_MODEL)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--rate", type=float, default=1000.0, help="requests a second in all (%(default)s)")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(argv)
    load = run_load(arguments.model, arguments.clients, arguments.rate, arguments.seconds, arguments.seed)
    print("\n".join(report(load)))
    faults = list(load.faults())
    print("\n".join(f"NOT kept: {fault}" for fault in faults) or "every promise kept")
    return 1 if faults else 0


def run_load(model: Path, clients: int, rate: float, seconds: float, seed: int = 0) -> Load:
    """Starts a bridge, lets the crowd ask, and ends both."""
    with tempfile.TemporaryDirectory() as folder:
        launch = launch_in(Path(folder))
        options = ("--model", str(model), "--provider", "cpu", "--midi-api", "none")
        launch = replace(launch, options=(*launch.options, *options))
        with _bridge(launch) as bridge:
            with BridgeClient(launch.address, timeout=SETTLE_SECONDS) as client:
                for number, name in enumerate(MORPHED):
                    client.request("/mai/generate", number)
                    client.request("/mai/latent/save", name)
                client.request("/mai/set", "clock", "internal")
            with closing(Crowd(launch.address, clients, seed)) as crowd:
                crowd.clients[0].ask("/mai/stream/start")
                looks, begin = [_look(bridge.pid, launch, 0.0)], now()
                for at in crowd.run(seconds, rate):
                    if at >= looks[-1].seconds + LOOK_SECONDS:
                        looks.append(_look(bridge.pid, launch, at))
                took = now() - begin
                crowd.settle(SETTLE_SECONDS)
                looks.append(_look(bridge.pid, launch, now() - begin))
                lost = _lost([launch.address[1], *(one.port for one in crowd.clients)])
                last_ping, status = _after(launch)
            bridge.terminate()
            exit_status = bridge.wait(_END_SECONDS)
    shares = [Share(one.sent, one.done, one.refused, len(one.waiting) + one.unsent) for one in crowd.clients]
    told = sum(one.told for one in crowd.clients)
    return Load(took, shares, _latencies(crowd.clients), told, lost, looks, status, last_ping, exit_status)


@contextmanager
def _bridge(launch: Launch) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, *BRIDGE, *launch.options]
    bridge = subprocess.Popen(command, cwd=ROOT, env=launch.environment, stdout=subprocess.DEVNULL)
    try:
        end = now() + _START_SECONDS
        with BridgeClient(launch.address, timeout=0.1) as client:
            while True:
                try:
                    client.request("/mai/ping")
                    break
                except (NoAnswer, ConnectionRefusedError):
                    if bridge.poll() is not None or now() > end:
                        raise SystemExit(f"the bridge did not start (exit {bridge.poll()})") from None
        yield bridge
    finally:
        if bridge.poll() is None:
            bridge.kill()
        bridge.wait()


def _after(launch: Launch) -> tuple[float, dict[str, Any]]:
    """How long a ping takes now, infinity where no pong comes, and the bridge's status."""
    with BridgeClient(launch.address, timeout=SETTLE_SECONDS) as client:
        asked = now()
        try:
            client.request("/mai/ping")
        except NoAnswer:
            return math.inf, {}
        took = now() - asked
        return took, json.loads(str(client.request("/mai/status")[-1].arguments[1]))


def _look(process: int, launch: Launch, seconds: float) -> LoadLook:
    folder, port = Path(f"/proc/{process}"), launch.address[1]
    at_port = (udp_sockets([port]) or {}).get(port)
    threads, files = (len(list(one.iterdir())) if one.exists() else 0 for one in (folder / "task", folder / "fd"))
    return LoadLook(seconds, resident(process), threads, files, 0 if at_port is None else at_port.waiting)


def _lost(ports: Sequence[int]) -> int | None:
    """Datagrams that the system dropped at these ports; None: it does not tell."""
    found = udp_sockets(ports)
    return None if found is None else sum(one.lost for one in found.values())


def _latencies(clients: Sequence[LoadClient]) -> dict[str, list[float]]:
    every: dict[str, list[float]] = {}
    for client in clients:
        for address, seconds in client.seconds.items():
            every.setdefault(address, []).extend(seconds)
    return every


if __name__ == "__main__":
    sys.exit(main())
