"""The settings of this room: how the band is to play. All are set by /mai/set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bridge.playing.scale_names import OFF, key_name, scale_name
from bridge.protocol.arguments import argument


@dataclass(frozen=True, slots=True)
class Style:
    """How a bar is played; as it comes, every cell above the threshold at one velocity. `key` and `scale` hold what
    key_name and scale_name give, `densities` what change_density sets."""

    threshold: float = argument("f", "share of a cell's range above which it sounds", 0.0, 1.0, default=0.5)
    velocity: int = argument("i", "MIDI velocity of every note, before humanize", 1, 127, default=100)
    min_note: float = argument(
        "f", "beats; pitched notes nearer than this are joined, then shorter ones dropped", 0.0, 4.0, default=0.0
    )
    mono_bass: int = argument("i", "1: the bass plays one note at a time", 0, 1, default=0)
    key: str = argument("s", "key that pitched tracks play in and keep to, C to B with # or b, or off", default=OFF)
    scale: str = argument("s", "scale of that key, such as major, minor, dorian, or off", default="major")
    swing: float = argument(
        "f",
        "how late every second sixteenth comes: 0 straight, 1 triplets (two thirds of the pair)",
        0.0,
        1.0,
        default=0.0,
    )
    humanize: float = argument(
        "f", "unevenness: accents, and at 1 up to 1/32 beat and 20 in velocity either way", 0.0, 1.0, default=0.0
    )
    densities: tuple[float, ...] = ()  # by track; negative or missing: the threshold decides


# Settings that are names: each function gives the accepted spelling, or raises ArgumentRefused with what is allowed.
SPELLINGS: dict[str, Callable[[str], str]] = {"key": key_name, "scale": scale_name}
