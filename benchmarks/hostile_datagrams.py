"""Datagrams that no client sends, of every kind that hurts parsers, always the same from the same seed.

What a musician could have sent is no hostile input: a whole request that changes what the band plays, or that announces
another program's port, is left out. Everything else goes in, whole requests too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import count

from benchmarks.hostile_shapes import MAKERS, PINGS
from bridge.engine.settings import SETTINGS
from bridge.playing.densities import PREFIX
from bridge.protocol.osc_packet import MalformedDatagram, OscMessage, parse_datagram
from bridge.protocol.requests import Hello, LatentPut, RequestRefused, Set, read_request
from tests.fuzz.datagrams import seeds
from tests.fuzz.mutations import mutants

# A whole one plays something else, starts a search of seconds, or writes to the disk at each datagram.
STEERING = frozenset(
    f"/mai/{name}"
    for name in (
        *("generate", "regenerate", "morph", "morph/track", "accompany", "latent/recall", "latent/capture"),
        *("latent/save", "history/undo", "history/redo", "stream/start", "stream/stop", "panic", "transport"),
    )
)
CROWD_EVERY = 10_000  # datagrams: then more requests come at once than may wait
CROWD = 20  # times PINGS
MUTATED = "mutated"
SHARES: Mapping[str, int] = {  # in a hundred
    "noise": 20, MUTATED: 34, "cut bundle": 14, "nested bundles": 8, "huge count": 5, "wrong types": 10,
    "not finite": 8, "names": 1,
}  # fmt: skip


def hostile_datagrams(seed: int) -> Iterator[tuple[bytes, list[OscMessage] | None]]:
    """Datagrams without end, each with the messages that it holds; None where it is not OSC."""
    rng = random.Random(seed)
    mutated = mutants(seeds(), seed)
    kinds = [kind for kind, share in SHARES.items() for _ in range(share)]
    for number in count(1):
        if number % CROWD_EVERY == 0:
            yield from [(PINGS, parse_datagram(PINGS))] * CROWD
        kind = rng.choice(kinds)
        datagram = next(mutated) if kind == MUTATED else MAKERS[kind](rng)
        try:
            messages = parse_datagram(datagram)
        except MalformedDatagram:
            yield datagram, None
            continue
        if kind == "names" or not any(map(_steers, messages)):
            yield datagram, messages


def _steers(message: OscMessage) -> bool:
    """Whether a musician could have meant it."""
    try:
        request = read_request(message)
    except RequestRefused:
        return False
    if isinstance(request, Hello):
        return request.reply_port != 0
    if isinstance(request, LatentPut):
        return request.parts == 1
    if isinstance(request, Set):
        return request.name in SETTINGS or request.name.startswith(PREFIX)
    return message.address in STEERING
