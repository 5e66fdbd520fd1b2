"""Which names are near to one that no latent has: a slip must not hold up the band, however much is saved."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

COMPARED_NAMES = 1000  # 13 ms on one core; a million took 14 s
_SPELLINGS = (str, str.lower, str.upper, str.capitalize, str.title)
_BESIDE_EACH = COMPARED_NAMES // (2 * len(_SPELLINGS))


def nearest_names(
    name: str, count: int, every: Callable[[], Iterable[str]], beside: Callable[[str, int], Iterable[str]]
) -> list[str]:
    """The three nearest names at most, the nearest first, whichever letters are capitals.

    Of up to COMPARED_NAMES all are compared; of more, those that stand beside the name, as it is and with other
    capitals, in the order of names. `count`: how many there are; `every` gives them, `beside` so many on each side.
    """
    if count <= COMPARED_NAMES:
        known = every()
    else:
        known = [
            near for spelt in dict.fromkeys(way(name) for way in _SPELLINGS) for near in beside(spelt, _BESIDE_EACH)
        ]
    by_folded = {one.casefold(): one for one in known}
    return [by_folded[folded] for folded in difflib.get_close_matches(name.casefold(), by_folded)]
