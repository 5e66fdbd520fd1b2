"""Hostile datagrams at a bridge, as fast as it reads them: python -m benchmarks.hostile_flood PORT COUNT SEED

In a process of its own, so that the bridge is not waited for by whoever listens to it. It writes a line of JSON each
few thousand datagrams (Sent), the last one when all are sent.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice

from benchmarks.hostile_datagrams import hostile_datagrams
from benchmarks.udp_sockets import SocketState, udp_sockets
from bridge.protocol.requests import RequestRefused, read_request

SOCKETS = 8
A_SOCKETS_LIFE = 5000  # datagrams; then another takes its place
TOLD_EVERY = 2000
LOOK_EVERY = 16
MOST_WAITING_BYTES = 100_000  # at the bridge's port, of some 400,000 that the system keeps for it
_BLIND_PAUSE = LOOK_EVERY / 5000.0  # seconds, where the system does not tell what waits


@dataclass(frozen=True, slots=True)
class Sent:
    """So far: datagrams, those of them that are not OSC, messages in the others, and those that no request fits."""

    datagrams: int = 0
    malformed: int = 0
    messages: int = 0
    unfit: int = 0


def waiting(port: int) -> SocketState | None:
    """None: the system has no such table (Linux has it), or nobody listens at the port."""
    return (udp_sockets([port]) or {}).get(port)


def flood(port: int, count: int, seed: int) -> Iterator[Sent]:
    """Sends them to 127.0.0.1 from several sockets; tells how far it is, and at the end."""
    malformed = messages = unfit = number = 0
    with ExitStack() as all_of_them:
        sockets = [all_of_them.enter_context(_socket()) for _ in range(SOCKETS)]
        for number, (datagram, held) in enumerate(islice(hostile_datagrams(seed), count), start=1):
            if number % LOOK_EVERY == 0:
                _wait_for_room(port)
            if number % A_SOCKETS_LIFE == 0:
                place = number // A_SOCKETS_LIFE % SOCKETS
                sockets[place].close()
                sockets[place] = all_of_them.enter_context(_socket())
            sockets[number % SOCKETS].sendto(datagram, ("127.0.0.1", port))
            if held is None:
                malformed += 1
            else:
                messages += len(held)
                unfit += sum(map(_is_unfit, held))
            if number % TOLD_EVERY == 0:
                yield Sent(number, malformed, messages, unfit)
    yield Sent(number, malformed, messages, unfit)


def _is_unfit(message: object) -> bool:
    try:
        read_request(message)  # type: ignore[arg-type]
    except RequestRefused:
        return True
    return False


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    return made


def _wait_for_room(port: int) -> None:
    while (open_ports := udp_sockets([port])) is not None:
        if port not in open_ports or open_ports[port].waiting <= MOST_WAITING_BYTES:
            return
        time.sleep(0.0005)
    time.sleep(_BLIND_PAUSE)


if __name__ == "__main__":
    for sent in flood(*map(int, sys.argv[1:4])):
        print(json.dumps(asdict(sent)), flush=True)
