"""A stream under a host that changes its mind: python -m benchmarks.streaming [--seconds 60]

A bridge runs as a process of its own. A scripted host sends it /mai/transport twenty times a second over UDP, with the
tempo going up and down between 90 and 150 and a jump back by four bars every twenty seconds; a client morphs between
two saved latents at 60 Hz; a third listens to the stream. Counted is every streamed bar, also each that is sent anew,
whose last message comes after the bar's time (half a second after a jump aside: no one knew of it). The exit status
says whether there was one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.bridge_process import bridge_process
from bridge.clock import now
from bridge.paths import EMBEDDED_MODEL
from tests.peers.morphing import Morpher, save_both_ends
from tests.peers.song_host import SongHost, up_and_down
from tests.peers.streamed_bars import StreamListener

SLOWEST, FASTEST, RAMP_SECONDS = 90.0, 150.0, 10.0
JUMP_EVERY = 20.0  # seconds
JUMP_BEATS = 16.0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=EMBEDDED_MODEL)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--port", type=int, default=7792)
    arguments = parser.parse_args(argv)
    address = ("127.0.0.1", arguments.port)
    with bridge_process(arguments.model, arguments.port) as client:
        save_both_ends(client)
        with SongHost(address, up_and_down(SLOWEST, FASTEST, RAMP_SECONDS)) as host:
            client.request("/mai/ping")  # the host's first word is heard
            with StreamListener(address, host.seconds_ahead) as listener, Morpher(address) as morpher:
                _play(host, listener, arguments.seconds)
        status = json.loads(str(client.request("/mai/status")[-1].arguments[1]))
    margins = [bar.ahead for bar in listener.bars if not bar.forgiven]
    late = sum(margin < 0 for margin in margins)
    low, median = np.percentile(margins, (0, 50)) * 1e3
    bars, torn = len(listener.bars), len(listener.torn)
    print(f"{arguments.seconds:g} s, {morpher.sent} morphs, {bars} streamed bars whole, {torn} torn")
    print(f"before the bar's time: median {median:.0f} ms, least {low:.1f} ms; {late} came after it")
    print(f"the bridge's own count: {status['counters']}")
    print(f"milliseconds: a bar made {status['latency_ms']['bar']}, a phrase answered {status['latency_ms']['phrase']}")
    return 1 if late or torn or status["counters"]["late"] else 0


def _play(host: SongHost, listener: StreamListener, seconds: float) -> None:
    end = now() + seconds
    while (left := end - now()) > 0:
        listener.listen(min(JUMP_EVERY, left))
        if left > JUMP_EVERY and host.beat_now() > JUMP_BEATS:
            host.locate(host.beat_now() - JUMP_BEATS)


if __name__ == "__main__":
    sys.exit(main())
