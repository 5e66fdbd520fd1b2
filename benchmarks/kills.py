"""A bridge that is killed again and again: python -m benchmarks.kills [--kills 200]

Each life of a bridge plays to a JACK port and saves, renames and deletes latents as fast as it says done, until SIGKILL
comes at a random moment; some come while it starts. After each kill a copy of the database is checked and
compared with what was acknowledged, and the next bridge has to open it. A listener at the port stays all the while: the
notes that a kill left sounding must end when the next bridge has started. The exit status says whether every promise
was kept (Kills.faults).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.jack_loop import NoJack, jack_server
from benchmarks.kills_figures import report
from benchmarks.kills_lives import Lives
from bridge.clock import now
from bridge.paths import EMBEDDED_MODEL
from tests.peers.jack_ear import Ear, ear

JACK_PERIOD = 256  # frames: here notes are counted, not timed
_TOLD_EVERY = 20


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=EMBEDDED_MODEL)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-jack", action="store_true", help="without MIDI")
    arguments = parser.parse_args(argv)
    with ExitStack() as stage:
        folder = Path(stage.enter_context(tempfile.TemporaryDirectory()))
        listener: Ear | None = None
        if not arguments.no_jack:
            try:
                stage.enter_context(jack_server(JACK_PERIOD))
                listener = stage.enter_context(ear(folder))
            except NoJack as problem:
                print(f"nobody listens at a port: {problem}")
        lives = Lives(arguments.model, folder, arguments.seed, listener)
        begin = now()
        lives.begin()
        for number in range(1, arguments.kills + 1):
            lives.kill_one()
            if number % _TOLD_EVERY == 0:
                print(f"{number} kills, {lives.kills.acknowledged} changes acknowledged", flush=True)
        lives.end()
        seconds = now() - begin
    print("\n".join(report(lives.kills, seconds)))
    faults = list(lives.kills.faults())
    print("\n".join(f"NOT kept: {fault}" for fault in faults) or "every promise kept")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
