"""What a client of a crowd asks for: mostly small questions, and now and then something that all others are sent."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Callable, Iterator
from itertools import accumulate

Values = tuple[int | float | str, ...]

MORPHED = ("load a", "load b")  # latents that have to be there
LOCKED_TRACKS = 3  # the first ones are locked and unlocked; the next is made anew
NAMES_A_CLIENT = 8  # that it saves under, again and again, so that the library does not grow without end

# Of a thousand requests so many, with their arguments after the id.
_MIX: tuple[tuple[int, str, Callable[[str, random.Random], Values]], ...] = (
    (694, "/mai/ping", lambda _client, _dice: ()),
    (150, "/mai/get", lambda _client, dice: (dice.choice(("tempo", "humanize", "threshold", "clock")),)),
    (50, "/mai/status", lambda _client, _dice: ()),
    (40, "/mai/lock", lambda _client, dice: (dice.randrange(LOCKED_TRACKS), dice.randrange(2))),
    (20, "/mai/set", lambda _client, dice: ("humanize", round(dice.random(), 3))),
    (20, "/mai/latent/list", lambda _client, _dice: ()),
    (10, "/mai/model/list", lambda _client, _dice: ()),
    (10, "/mai/latent/save", lambda client, dice: (f"{client} {dice.randrange(NAMES_A_CLIENT)}",)),
    (2, "/mai/generate", lambda _client, dice: (dice.randrange(1 << 20),)),
    (2, "/mai/regenerate", lambda _client, _dice: (LOCKED_TRACKS, -1)),
    (2, "/mai/morph", lambda _client, dice: (MORPHED[0], dice.random() + 0.01, MORPHED[1], dice.random())),
)
ADDRESSES = tuple(address for _, address, _ in _MIX)


def requests(client: str, seed: int) -> Iterator[tuple[str, Values]]:
    """Addresses and arguments without the id, without end; the same for the same client and seed."""
    dice = random.Random(f"{seed} {client}")
    ends = list(accumulate(share for share, _, _ in _MIX))
    while True:
        _, address, arguments = _MIX[bisect(ends, dice.randrange(ends[-1]))]
        yield address, arguments(client, dice)
