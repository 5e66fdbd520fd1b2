"""Who may speak to the UDP door: this machine alone, or also the networks that the musician names with --allow.

An answer goes to the address that asked, so whoever is not let in is sent nothing either. An address in a datagram can
be forged: the list is a fence around a network whose owner is trusted, no lock on a door.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Network, ip_network

from bridge.doors.address import Address

LOOPBACK = IPv4Network("127.0.0.0/8")
EVERYONE = 0  # the prefix length of a network that leaves nobody out

_LOOPBACK_NAME = "localhost"
_ADDRESSES_KEPT = 256  # of those that asked last: a client sends hundreds of messages from one address


class NotAllowed(OSError):
    """The bridge may not listen there, or for these; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class AllowList:
    """The networks that are let in. The loopback is one of them, always."""

    networks: tuple[IPv4Network, ...] = (LOOPBACK,)

    def admits(self, source: Address) -> bool:
        """Whether a datagram from there is read and answered. Never raises: what is no IPv4 address is not let in."""
        return _admits(self.networks, source[0])

    @property
    def warning(self) -> str | None:
        """What a musician should know, in words; None: this machine alone is let in."""
        wider = [network for network in self.networks if network != LOOPBACK]
        if not wider:
            return None
        if any(network.prefixlen == EVERYONE for network in wider):
            who = "EVERYONE who can reach this machine"
        else:
            who = f"everyone at {', '.join(str(network) for network in wider)}"
        return (
            f"The bridge listens beyond this machine: {who} can play the band, change its settings and delete saved "
            "latents, without a password. Leave out --host to play on this machine alone."
        )


THIS_MACHINE = AllowList()


def allow_list(host: str, allowed: Sequence[str]) -> AllowList:
    """Who is let in at a bridge that listens on `host`, with the networks or addresses that were named.

    Raises NotAllowed for a host beyond the loopback where nobody is named, a loopback host where somebody is, and a
    text that is no IPv4 network.
    """
    if is_loopback(host):
        if allowed:
            raise NotAllowed(
                f"--allow {allowed[0][:60]} has no use while the bridge listens on {host}, this machine alone: "
                "leave it out, or name an address of this machine in that network with --host"
            )
        return THIS_MACHINE
    if not allowed:
        raise NotAllowed(
            f"--host {host[:60] or repr(host)} would let everyone in who can reach it: say who may come in, such as "
            "--allow 192.168.0.0/24 for a network or --allow 192.168.0.7 for one machine (repeat it for several), "
            "or leave out --host to play on this machine alone"
        )
    return AllowList((LOOPBACK, *(_network(text) for text in allowed)))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a door that listens there. A name counts as wider, but for localhost."""
    try:
        return IPv4Address(host) in LOOPBACK
    except AddressValueError:
        return host.lower() == _LOOPBACK_NAME


def _network(text: str) -> IPv4Network:
    try:
        network = ip_network(text.strip())
    except ValueError as problem:
        raise NotAllowed(
            f"--allow {text[:60]!r} is no network ({problem}): expected one such as 192.168.0.0/24, "
            "or the address of one machine such as 192.168.0.7"
        ) from problem
    if isinstance(network, IPv6Network):
        raise NotAllowed(f"--allow {text[:60]!r} is IPv6, and the bridge speaks IPv4: expected one such as 10.0.0.0/24")
    return network


@lru_cache(maxsize=_ADDRESSES_KEPT)
def _admits(networks: tuple[IPv4Network, ...], host: str) -> bool:
    try:
        address = IPv4Address(host)
    except AddressValueError:
        return False
    return any(address in network for network in networks)
