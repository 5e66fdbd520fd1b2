"""An evening: a stream under a host from its start to its end, and how the bridge and the machine did meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bridge.doors.client import BridgeClient
from tests.peers.bridge_process import RunningBridge
from tests.peers.song_host import FORGIVEN_SECONDS, SongHost
from tests.peers.stall_log import StallLog
from tests.peers.streamed_bars import StreamedBar, StreamListener, places


@dataclass(frozen=True)
class Evening:
    """What was streamed, and how the bridge and the machine did meanwhile."""

    bars: list[StreamedBar]
    torn: list[str]
    surprises: int  # how often the song began, jumped or changed its metre
    late_count: int  # the bridge's own
    excused: bool  # the machine stood still whenever something was late

    @property
    def late(self) -> list[StreamedBar]:
        return [bar for bar in self.bars if bar.is_late]

    @property
    def kept_time(self) -> bool:
        return not self.late and not self.late_count

    @property
    def places(self) -> list[StreamedBar]:
        """The bars as they come to sound: of one that was sent anew, the last."""
        return places(self.bars)


def listen(bridge: RunningBridge, host: SongHost, play: Callable[[SongHost, StreamListener], None]) -> Evening:
    """Plays and gathers the stream meanwhile."""
    with BridgeClient(bridge.address) as client:
        before = counted_late(client)
        with StallLog() as stalls, host:
            client.request("/mai/ping")  # the host's first word is heard
            with StreamListener(bridge.address, host.seconds_ahead) as listener:
                play(host, listener)
        late = [bar for bar in listener.bars if bar.is_late]
        excused = stalls.seconds > 0 and all(stalls.touches(bar.at - FORGIVEN_SECONDS, bar.at) for bar in late)
        return Evening(listener.bars, listener.torn, host.surprises, counted_late(client) - before, excused)


def counted_late(client: BridgeClient) -> int:
    status = json.loads(str(client.request("/mai/status")[-1].arguments[1]))
    return int(status["counters"]["late"])


def best_of_two(play_once: Callable[[], Evening]) -> Evening:
    evening = play_once()
    return play_once() if evening.excused and not evening.kept_time else evening


def skip_where_the_machine_stood_still(evening: Evening) -> None:
    if evening.excused and not evening.kept_time:
        pytest.skip("nothing to conclude: the machine stood still when bars were due")
