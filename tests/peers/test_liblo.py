"""A command-line peer: requests by oscsend, answers read from oscdump. Nothing of the bridge's own client is used."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

import pytest

from tests.peers.bridge_process import RunningBridge
from tests.peers.liblo import LibloClient, Words, needs_liblo

pytestmark = needs_liblo

BARS, TRACKS = 4, 5
# The tiny model's bars then have fewer than 48 notes, which one message holds.
SPARSE = 0.7


@pytest.fixture
def peer(running_bridge: RunningBridge) -> Iterator[LibloClient]:
    with LibloClient(running_bridge.port) as client:
        assert client.hello()[2:5] == ("1", *client_version(client), "1")
        yield client


def client_version(_client: LibloClient) -> tuple[str]:
    from bridge import __version__

    return (__version__,)
