"""Hostile datagrams at a bridge that plays: python -m benchmarks.hostile [--datagrams 5000000]

A bridge runs as a process of its own and streams a phrase, over OSC and to a port of a JACK server of the benchmark's
own where there is one. Another process floods it, from several sockets and as fast as it reads, with datagrams that no
client sends (benchmarks/hostile_datagrams.py). A listener counts the bars, another the notes at the JACK port, a third
asks for a pong all the while. The exit status says whether every promise was kept (HostileEvening.faults).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.hostile_evening import HostileEvening, held_notes, ons_and_offs
from benchmarks.hostile_stage import hostile_evening
from benchmarks.jack_loop import NoJack
from benchmarks.soak_jack import waiting_jack_server
from bridge.paths import EMBEDDED_MODEL


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=EMBEDDED_MODEL)
    parser.add_argument("--datagrams", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-jack", action="store_true", help="without MIDI")
    arguments = parser.parse_args(argv)
    with ExitStack() as stage:
        midi_api = "none"
        if not arguments.no_jack:
            try:
                jack = stage.enter_context(waiting_jack_server())
                midi_api = "jack"
            except NoJack as problem:
                print(f"no notes are counted at a port: {problem}")
        evening = hostile_evening(arguments.model, arguments.datagrams, arguments.seed, midi_api)
        waited = f"JACK was kept waiting {jack.slips()} times" if midi_api == "jack" else "no JACK"
    print("\n".join([*report(evening), waited]))
    faults = list(evening.faults())
    print("\n".join(f"NOT kept: {fault}" for fault in faults) or "every promise kept")
    return 1 if faults else 0


def report(evening: HostileEvening) -> Iterator[str]:
    """The figures, a line each."""
    sent, counters, midi, pings = evening.sent, evening.status["counters"], evening.status["midi"], evening.pings
    rate = sent.datagrams / evening.seconds
    yield f"sent: {sent.datagrams:,} datagrams in {evening.seconds:.0f} s, {rate:,.0f} a second"
    yield f"  lost at the port: {'the system does not tell' if evening.lost is None else evening.lost}"
    yield f"  malformed: {sent.malformed:,} sent, {counters['malformed']:,} counted by the bridge"
    yield f"  in the others: {sent.messages:,} messages, {sent.unfit:,} of them no request"
    yield f"  rejected: {counters['rejected']:,}; too busy for: {counters['refused_for_room']:,}"
    before, middle, after = evening.samples[0], evening.middle, evening.samples[-1]
    most = max(sample.memory for sample in evening.samples)
    yield f"memory: {before.memory:.1f} MiB before, {middle.memory:.1f} in the middle, {after.memory:.1f} after"
    yield f"  at most {most:.1f}; threads {before.threads} and {after.threads}; files {before.files} and {after.files}"
    yield f"bars: {evening.expected_bars} expected, {len(evening.bars)} came, {evening.missed_bars} missed"
    yield f"  {evening.late_bars} late, {evening.altered_bars} altered, {len(evening.torn)} torn"
    if evening.bars:
        yield f"  before its time: {min(bar.ahead for bar in evening.bars) * 1e3:.0f} ms at least"
        yield f"  the machine kept a sleeping thread waiting for {evening.stalled:.1f} s in all"
    if evening.heard is not None:
        ons, offs = ons_and_offs(evening.heard)
        yield f"notes at the JACK port: {ons:,} on, {offs:,} off, {held_notes(evening.heard)} not in pairs"
    if midi is not None:
        yield f"  by the bridge: {midi['notes_on']:,} on, {midi['notes_off']:,} off"
        yield f"  at most {midi['worst_late_ms']} ms late"
    yield f"pings: {pings.asked:,} asked, {pings.busy:,} busy, {pings.unanswered} unanswered"
    yield f"  the slowest: {pings.slowest * 1e3:.0f} ms"
    yield f"the bridge ended with status {evening.exit_status}, {len(evening.failures)} internal errors in its log"


if __name__ == "__main__":
    sys.exit(main())
