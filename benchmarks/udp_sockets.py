"""What Linux says of UDP ports: bytes that wait there, and datagrams that found no room."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

_TABLE = Path("/proc/net/udp")


@dataclass(frozen=True, slots=True)
class SocketState:
    """Bytes that wait at a port, and datagrams that it had no room for since it was opened."""

    waiting: int
    lost: int


def udp_sockets(ports: Collection[int], table: Path = _TABLE) -> dict[int, SocketState] | None:
    """Those of the ports that are open; None: the system has no such table."""
    try:
        rows = [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
    except OSError:
        return None
    found = {int(row[1].rpartition(":")[2], 16): row for row in rows}
    return {
        port: SocketState(int(found[port][4].rpartition(":")[2], 16), int(found[port][-1]))
        for port in ports
        if port in found
    }
