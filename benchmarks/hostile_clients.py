"""Clients of a bridge under hostile datagrams: one that has things to do, and one that asks whether it is there."""

from __future__ import annotations

import json
import threading
from typing import Any

from benchmarks.hostile_evening import Pings
from bridge.clock import now
from bridge.doors.client import BridgeClient, BridgeError, NoAnswer
from bridge.protocol.osc_packet import OscMessage
from tests.peers.bridge_process import RunningBridge

MOST_SILENCES = 5
PING_EVERY_SECONDS = 0.2


class Musician:
    """A client that asks until it is answered, however busy the bridge is; `silences` are answers that never came."""

    def __init__(self, client: BridgeClient) -> None:
        self._client = client
        self.silences: list[str] = []

    def ask(self, address: str, *arguments: int | float | str) -> OscMessage:
        """The last answer. Raises NoAnswer once too many answers have not come."""
        while len(self.silences) < MOST_SILENCES:
            try:
                return self._client.request(address, *arguments)[-1]
            except NoAnswer as silence:
                self.silences.append(str(silence))
            except BridgeError as refusal:
                if refusal.code != "busy":
                    raise
        raise NoAnswer(f"{address} was asked often, and not answered: {self.silences[-1]}")

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(str(self.ask("/mai/status").arguments[1]))
        return found


class Asking:
    """A client that asks for a pong, again and again."""

    def __init__(self, bridge: RunningBridge) -> None:
        self._client = BridgeClient(bridge.address)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.pings = Pings(0, 0, 0, 0.0)

    def __enter__(self) -> Asking:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._stopping.wait(PING_EVERY_SECONDS):
            asked, busy, unanswered, begin = self.pings.asked, self.pings.busy, self.pings.unanswered, now()
            try:
                self._client.request("/mai/ping")
            except BridgeError:
                busy += 1
            except NoAnswer:
                unanswered += 1
            self.pings = Pings(asked + 1, busy, unanswered, max(self.pings.slowest, now() - begin))
