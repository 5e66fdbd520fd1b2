"""A client that turns a knob without end: from one saved latent to the other and back, sixty times a second."""

from __future__ import annotations

import threading
from types import TracebackType

from bridge.doors.address import Address
from bridge.doors.client import BridgeClient

MORPHS_A_SECOND = 60.0
STEPS = 120  # from one end to the other
ENDS = {"A": 3, "B": 9}  # the saved latents, and the seeds that they were made from: every track plays in both


def save_both_ends(client: BridgeClient) -> None:
    """Saves the two latents; the second one plays."""
    for name, seed in ENDS.items():
        client.request("/mai/generate", seed)
        client.request("/mai/latent/save", name)


class Morpher:
    """Morphs while it is entered. It has not said hello and reads no answer."""

    def __init__(self, bridge: Address) -> None:
        self.sent = 0
        self._client = BridgeClient(bridge)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="morpher", daemon=True)

    def __enter__(self) -> Morpher:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        one, other = ENDS
        while not self._stopping.wait(1.0 / MORPHS_A_SECOND):
            weight = abs((self.sent / STEPS) % 2.0 - 1.0)
            try:
                self._client.send("/mai/morph", self.sent, one, weight, other, 1.0 - weight)
            except ConnectionRefusedError:  # the bridge is gone
                return
            self.sent += 1
