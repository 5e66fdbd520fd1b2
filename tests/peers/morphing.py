"""A client that turns a knob without end: from one saved latent to the other and back, sixty times a second."""

from __future__ import annotations

import threading
from types import TracebackType

from bridge.doors.address import Address
from bridge.doors.client import BridgeClient
from tests.peers.chosen_phrases import every_track_plays, generate_first

MORPHS_A_SECOND = 60.0
STEPS = 120  # from one end to the other
ENDS = "A", "B"  # the saved latents
TRACKS = 5


def save_both_ends(client: BridgeClient) -> None:
    """Saves two latents in whose phrases every track plays; the second one plays."""
    seed = 0
    for name in ENDS:
        seed = generate_first(client, TRACKS, every_track_plays, seed + 1)
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
