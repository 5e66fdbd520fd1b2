"""What a musician presses in a soak, as requests that follow each other."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Words = tuple[str, *tuple[str | int | float, ...]]  # a request without its id

SEATS = tuple(f"seat {number}" for number in range(8))


def _morph(rng: Random) -> list[Words]:
    one, other = rng.sample(SEATS, 2)
    return [("/mai/morph", one, 1.0 - step / 4, other, step / 4) for step in range(1, 5)]


def _track_morph(rng: Random) -> list[Words]:
    one, other = rng.sample(SEATS, 2)
    return [("/mai/morph/track", rng.randrange(5), one, 0.5, other, 0.5)]


def _mute(rng: Random) -> list[Words]:
    name = f"density/{rng.randrange(5)}"
    return [("/mai/set", name, 0.0), *[("/mai/get", name)] * 8, ("/mai/set", name, -1.0)]


def _locked_press(rng: Random) -> list[Words]:
    track = rng.randrange(5)
    return [("/mai/lock", track, 1), ("/mai/generate", rng.randrange(2**31)), ("/mai/lock", track, 0)]


def _way_of_streaming(rng: Random) -> list[Words]:
    mode, glide = rng.choice(("loop", "loop", "wander", "hold")), rng.choice((0.0, 0.0, 4.0))
    return [("/mai/set", "stream_mode", mode), ("/mai/set", "morph_glide", glide)]


PRESSES: tuple[Callable[[Random], list[Words]], ...] = (
    _morph,
    _morph,
    _track_morph,
    _mute,
    _locked_press,
    _way_of_streaming,
    lambda rng: [("/mai/generate", rng.randrange(2**31))],
    lambda rng: [("/mai/generate", rng.randrange(2**31), 7)],
    lambda rng: [("/mai/regenerate", rng.randrange(5), rng.randrange(-1, 4), rng.randrange(2**31))],
    lambda rng: [("/mai/regenerate", -1, -1, rng.randrange(2**31))],
    lambda rng: [("/mai/latent/save", rng.choice(SEATS))],
    lambda rng: [("/mai/latent/recall", rng.choice(SEATS))],
    lambda _rng: [("/mai/history/undo",), ("/mai/history/redo",)],
    lambda rng: [("/mai/latent/list",), ("/mai/latent/get", rng.choice(SEATS)), ("/mai/status",)],
)
