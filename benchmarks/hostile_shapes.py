"""The shapes of hostile datagrams: noise, bundles cut and nested, counts, types, numbers and names."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Mapping

from tests.fuzz.datagrams import seeds

EMOJI = "\N{MULTIPLE MUSICAL NOTES}\N{PILE OF POO}\N{ZERO WIDTH JOINER}"
NAMES = (
    *("../../etc/passwd", "..\\..\\boot.ini", "/", ".", "..", "~/x", "a/b/c", "//host/share", "C:\\x", "nul", "con"),
    *("", " ", "a\0b", "\0\0\0\0", "-1", "%s%n", "{0}", "'; DROP TABLE latents; --", "$(x)", "<b>"),
    *(
        "\u202eabc",
        "\ufeff",
        "\n\r",
        "e\u0301" * 50,
        "x" * 3900,
        EMOJI * 10,
        EMOJI * 370,
        EMOJI * 400,
    ),  # the last is 4 kB alone
)
NAMED = (
    *(f"/mai/latent/{one}" for one in ("save", "recall", "delete", "rename", "get", "list")),
    *("/mai/model/load", "/mai/get", "/mai/set", "/mai/hello"),
)
NAN, INFINITY = float("nan"), float("inf")
ODD_FLOATS = tuple(struct.pack(">f", number) for number in (NAN, INFINITY, -INFINITY, -0.0, 3.4e38, 1e-45))
ODD_DOUBLES = tuple(struct.pack(">d", number) for number in (NAN, INFINITY, -1.7e308, 5e-324))

Maker = Callable[[random.Random], bytes]


def _string(text: str | bytes) -> bytes:
    encoded = text if isinstance(text, bytes) else text.encode()
    return encoded + bytes(4 - len(encoded) % 4)


def _bundle(*elements: bytes) -> bytes:
    return b"#bundle\0" + bytes(7) + b"\1" + b"".join(len(one).to_bytes(4, "big") + one for one in elements)


def _noise(rng: random.Random) -> bytes:
    start = rng.choice((b"", b"", b"/mai/", b"#bundle\0", b"/mai/ping\0\0\0,"))
    return start + rng.randbytes(rng.choice((0, 1, 3, 4, 16, 60, 200, 1400, 4096, 9000)) if rng.random() < 0.2 else 24)


def _cut_bundle(rng: random.Random) -> bytes:
    whole = _bundle(*rng.choices(_SEEDS, k=rng.randint(1, 5)))
    return whole[: rng.randrange(len(whole))]


def _wrong_types(rng: random.Random) -> bytes:
    """A request's address before arguments of any type, also of such as OSC has and the bridge does not."""
    tags = "".join(rng.choices("ifsTFhdbtNI[]rmcS\x7f", k=rng.randint(0, 8)))
    size = {"h": 8, "d": 8, "t": 8}
    return (
        rng.choice(_ADDRESSES) + _string(f",{tags}")
        + b"".join(b"abc\0" if tag == "s" else rng.randbytes(size.get(tag, 4)) for tag in tags if tag not in "TFNI[]")
    )  # fmt: skip


def _not_finite(rng: random.Random) -> bytes:
    """Numbers all over, one of which at least is none."""
    numbers = [rng.choice(("f", "d", "i")) for _ in range(rng.randint(0, 5))] + [rng.choice("fd")]
    fields = {"i": (_ONE,), "f": ODD_FLOATS, "d": ODD_DOUBLES}
    return rng.choice(_ADDRESSES) + _string("," + "".join(numbers)) + b"".join(rng.choice(fields[n]) for n in numbers)


def _names(rng: random.Random) -> bytes:
    """A name where a request has one, or an address."""
    name = _string(rng.choice(NAMES))
    address = rng.choice(NAMED)
    if rng.random() < 0.05:
        return name + _string(",i") + _ONE
    more = {"/mai/latent/rename": ("s", name), "/mai/set": ("i", _ONE), "/mai/hello": ("i", bytes(4))}
    tag, value = more.get(address, ("", b""))
    return _string(address) + _string(f",is{tag}") + _ONE + name + value


def _nested() -> Iterator[bytes]:
    """Bundles in bundles, as deep as is allowed and deeper."""
    for packet in (b"", _PING, _bundle(_PING, _PING)):
        for depth in (1, 3, 4, 5, 30, 150):
            nested = packet
            for _ in range(depth):
                nested = _bundle(nested)
            yield nested


def _counted() -> Iterator[bytes]:
    """Counts that are not there, and such as are: sizes, messages, arguments, parts, bytes."""
    for number in (2**31 - 1, -1, 0x7FFFFFF0, 10**6):
        count = number.to_bytes(4, "big", signed=True)
        yield b"#bundle\0" + bytes(8) + count + _PING
        yield _string("/mai/clip") + _string(",iiii") + _ONE + _ONE + count + _ONE
        yield _string("/mai/latent/put") + _string(",issiif") + _ONE + _string("n") * 2 + _ONE + count + _ONE
    for number in (63, 64, 65, 199, 200, 201, 1000, 4000, 20_000):
        yield _bundle(*[b"/a\0\0"] * min(number, 500))
        yield _string("/mai/subscribe") + _string("," + "i" * number)
        yield _string("/mai/subscribe") + _string("," + "T" * number)
        yield _string("/" + "a" * number)
        yield _PING + bytes(number)


_SEEDS = seeds()
_ADDRESSES = [datagram[: datagram.index(b",")] for datagram in _SEEDS if b"," in datagram and datagram[:1] == b"/"]
_ONE = b"\0\0\0\1"
_PING = _string("/mai/ping") + _string(",i") + _ONE
PINGS = _bundle(*[_PING] * 64)  # as many as a datagram may hold
_NESTED, _COUNTED = tuple(_nested()), tuple(_counted())
MAKERS: Mapping[str, Maker] = {
    "noise": _noise,
    "cut bundle": _cut_bundle,
    "nested bundles": lambda rng: rng.choice(_NESTED),
    "huge count": lambda rng: rng.choice(_COUNTED),
    "wrong types": _wrong_types,
    "not finite": _not_finite,
    "names": _names,
}
