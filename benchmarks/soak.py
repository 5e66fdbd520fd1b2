"""An evening on stage: python -m benchmarks.soak [--minutes 60]

A bridge plays to a JACK port while a host changes tempo, jumps, stops, falls silent and comes back, and a musician
morphs, rerolls, saves, recalls, mutes and panics. A listener at the port counts note-ons and note-offs by itself and
compares every note-on with the host's beat for which it was streamed; each minute memory, threads and descriptors of
the bridge are looked at. A line a minute, and at the end a verdict line by line, which the exit status sums up.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.jack_loop import NoJack, midi_ear
from benchmarks.soak_evening import Evening, save_names
from benchmarks.soak_jack import waiting_jack_server
from benchmarks.soak_notes import Balance, Drift, Judged, balance, judge
from benchmarks.start import BRIDGE, launch_in, resident, serving
from bridge.clock import now
from bridge.contract import from_metadata
from bridge.doors.client import BridgeClient
from bridge.midi.band_midi import VIRTUAL_PORT_NAME
from bridge.model_files.onnx_metadata import read_metadata
from bridge.paths import EMBEDDED_MODEL

STEP_SECONDS = 60.0 / 128.0 / 12.0  # the shortest step of the evening
GROWTH_PROMISED = 0.03  # of the memory, second half against first
_SHOWN = 40  # notes that should not be
_FROM_SHARE = 0.25  # of the evening: before, caches fill


@dataclass(frozen=True, slots=True)
class Look:
    """The bridge at one moment: MB resident, threads, descriptors, and its own counters."""

    minutes: float
    memory: float
    threads: int
    descriptors: int
    late: int
    dropped: int
    notes_on: int
    notes_off: int
    notes_late: int
    notes_dropped: int
    repeated: int

    def row(self) -> str:
        return (
            f"{self.minutes:>7.1f}{self.memory:>9.1f}{self.threads:>9}{self.descriptors:>13}{self.late:>7}"
            f"{self.dropped:>9}{self.notes_on:>10}{self.notes_off:>10}{self.notes_late:>12}{self.notes_dropped:>9}"
        )


HEADING = " minute       MB  threads  descriptors   late  dropped  notes on notes off  notes late  dropped"


@dataclass(frozen=True, slots=True)
class Soak:
    """What was looked at and heard."""

    looks: tuple[Look, ...]
    balance: Balance
    judged: Judged
    unanswered: int
    refused: dict[str, int]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=EMBEDDED_MODEL)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--pace", type=float, default=1.0, help="how many times as often things happen (%(default)s)")
    parser.add_argument("--look-every", type=float, default=60.0, metavar="SECONDS")
    arguments = parser.parse_args(argv)
    try:
        with waiting_jack_server() as jack:
            soak = _soak(arguments)
            print(f"JACK was kept waiting {jack.slips()} times")
    except NoJack as problem:
        print(f"no soak: {problem}")
        return 1
    lines = verdict(soak)
    print("\n".join(["", *(f"{'kept' if kept else 'NOT KEPT':<10}{text}" for kept, text in lines)]))
    return 0 if all(kept for kept, _ in lines) else 1


def _soak(arguments: argparse.Namespace) -> Soak:
    contract = from_metadata(read_metadata(arguments.model))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ends:
        launch = launch_in(Path(folder))
        options = ("--model", str(arguments.model), "--provider", "cpu", "--midi-api", "jack")
        launch = replace(launch, options=(*launch.options, *options))
        process, _ = ends.enter_context(serving(BRIDGE, launch))
        client = ends.enter_context(BridgeClient(launch.address))
        client.request("/mai/set", "output", "osc")
        save_names(client)
        client.request("/mai/set", "output", "both")
        evening = Evening(launch.address, [track.channel for track in contract.tracks], arguments.seed, arguments.pace)
        with midi_ear(f"{VIRTUAL_PORT_NAME}:") as ear:
            began = now()
            evening.begin()
            looks = [look(client, process, 0.0)]
            print(HEADING)
            while (left := arguments.minutes * 60.0 - (now() - began)) > 0.0:
                evening.play(min(arguments.look_every, left))
                looks.append(look(client, process, (now() - began) / 60.0))
                print(looks[-1].row(), flush=True)
            ended = evening.end()
            looks.append(look(client, process, (ended - began) / 60.0))
        judged = judge(ear.heard, evening.streamed, evening.song, ended)
        print("\nwhat happened:", ", ".join(f"{name} {count}" for name, count in sorted(evening.happened.items())))
        print("\n".join(drift_table(judged.drifts, began)))
        for what, notes in (("not heard", judged.missing), ("not streamed", judged.unexpected)):
            for at, key in notes[:_SHOWN]:
                print(f"{what}: minute {(at - began) / 60.0:.3f}, channel {key[0] + 1}, pitch {key[1]}")
        return Soak(tuple(looks), balance(ear.heard), judged, evening.unanswered, dict(evening.refused))


def look(client: BridgeClient, process: int, minutes: float) -> Look:
    """The bridge now."""
    status = json.loads(str(client.request("/mai/status")[-1].arguments[1]))
    midi, counters = status["midi"], status["counters"]
    folder = Path(f"/proc/{process}")
    return Look(
        minutes,
        resident(process),
        len(list((folder / "task").iterdir())),
        len(list((folder / "fd").iterdir())),
        counters["late"],
        counters["dropped"],
        midi["notes_on"],
        midi["notes_off"],
        midi["late"],
        midi["dropped"],
        midi["repeated"],
    )


def drift_table(drifts: Sequence[Drift], began: float) -> list[str]:
    """Five minutes a row: how far note-ons were from the host's beat, in milliseconds."""
    rows = [
        "notes against the host's beat, milliseconds",
        f"{'minutes':>9}{'notes':>9}{'median':>9}{'p99':>9}{'most':>9}",
    ]
    if not drifts:
        return rows
    minutes = np.array([(drift.at - began) / 60.0 for drift in drifts])
    late = np.array([drift.seconds for drift in drifts]) * 1e3
    for first in range(0, int(minutes[-1]) + 1, 5):
        here = late[(minutes >= first) & (minutes < first + 5)]
        if len(here):
            figures = (np.median(here), *np.percentile(np.abs(here), (99, 100)))
            rows.append(f"{first:>9}{len(here):>9}" + "".join(f"{figure:>9.2f}" for figure in figures))
    return rows


def verdict(soak: Soak) -> list[tuple[bool, str]]:
    """Each promise: whether it is kept, and with which figures."""
    last, counted, judged = soak.looks[-1], soak.balance, soak.judged
    drift = _drift(judged.drifts)
    half = [one for one in soak.looks if one.minutes >= last.minutes * _FROM_SHARE]
    early, late = half[: max(1, len(half) // 2)], half[len(half) // 2 :]
    growth = median(one.memory for one in late) / median(one.memory for one in early) - 1.0
    return [
        (
            counted.ons == counted.offs == last.notes_on == last.notes_off > 0,
            f"notes: {counted.ons} on and {counted.offs} off at the port, {last.notes_on} and {last.notes_off} by the "
            "bridge's count",
        ),
        (
            counted.sounding == counted.doubled == counted.stray == 0,
            f"{counted.sounding} still sounding, {counted.doubled} begun twice, {counted.stray} ended twice",
        ),
        (
            len(judged.drifts) > 0 and max(abs(one) for one in drift) < STEP_SECONDS,
            f"drift: {drift[0] * 1e3:+.2f} ms at first, {drift[1] * 1e3:+.2f} at last, the worst note "
            f"{drift[2] * 1e3:.2f} (a step: {STEP_SECONDS * 1e3:.1f})",
        ),
        (
            not judged.unexpected and not judged.missing,
            f"{len(judged.drifts)} notes as streamed, {len(judged.missing)} streamed and not heard, "
            f"{len(judged.unexpected)} heard and not streamed",
        ),
        (last.late == 0, f"{last.late} bars late"),
        (
            growth < GROWTH_PROMISED,
            f"memory: {median(one.memory for one in early):.1f} MB, then {median(one.memory for one in late):.1f} "
            f"({growth:+.1%})",
        ),
        (
            max(one.threads for one in late) <= max(one.threads for one in early),
            f"threads: at most {max(one.threads for one in early)}, then {max(one.threads for one in late)}",
        ),
        (
            max(one.descriptors for one in late) <= max(one.descriptors for one in early),
            f"descriptors: at most {max(one.descriptors for one in early)}, "
            f"then {max(one.descriptors for one in late)}",
        ),
        (
            soak.unanswered == 0 and set(soak.refused) <= {"busy"},
            f"{soak.unanswered} requests not answered, answered with an error: {soak.refused or 'none'}",
        ),
    ]


def _drift(drifts: Sequence[Drift]) -> tuple[float, float, float]:
    """Seconds: the median of the first twelfth (five minutes of an hour) and of the last, and the worst."""
    if not drifts:
        return float("nan"), float("nan"), float("nan")
    span = (drifts[-1].at - drifts[0].at) / 12.0
    first = median(one.seconds for one in drifts if one.at <= drifts[0].at + span)
    last = median(one.seconds for one in drifts if one.at >= drifts[-1].at - span)
    return first, last, max((one.seconds for one in drifts), key=abs)


if __name__ == "__main__":
    sys.exit(main())
