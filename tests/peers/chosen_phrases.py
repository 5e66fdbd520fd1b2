"""Phrases that a test needs, found among what the model that comes along plays, whichever model that is."""

from __future__ import annotations

from collections.abc import Callable

from bridge.doors.client import BridgeClient
from tests.peers.streamed_bars import BarAssembler, Notes

MOST_SEEDS = 200


def generate_first(client: BridgeClient, tracks: int, accepts: Callable[[list[Notes]], bool], seed: int = 1) -> int:
    """Generates with this seed and the next until a phrase, its notes a bar each, is accepted; returns its seed."""
    for tried in range(seed, seed + MOST_SEEDS):
        if accepts(generated(client, tracks, tried)):
            return tried
    raise AssertionError(f"of the phrases with seeds {seed} to {seed + MOST_SEEDS - 1} none is what the test needs")


def generated(client: BridgeClient, tracks: int, seed: int) -> list[Notes]:
    """The notes of each bar, as generate answers them."""
    assembler = BarAssembler(tracks)
    answered = [assembler.take(message) for message in client.request("/mai/generate", seed)[:-1]]
    return [whole[2] for whole in answered if whole is not None]


def every_track_plays(phrase: list[Notes]) -> bool:
    """In some bar."""
    return all(any(tracks) for tracks in zip(*phrase, strict=True))
