"""From a press of the button to the first bar, the first note and the whole phrase: python -m benchmarks.first_note

A bridge runs as a process of its own and is triggered over UDP from this one, in two ways: "button" sends no seed, as a
client's button does, and the bridge has computed what it will play while nothing else was due; "seed" names one that
the bridge has never heard. Beside the figures stand the floors: the echo of an empty request (/mai/ping) on the same
socket in the same run, the generator alone, and a note through JACK alone.

--under-load: while a stream runs and another client morphs at 60 Hz. --stages: where a press's time goes, by the
bridge's own counters. The exit status says whether the button keeps its promise.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from benchmarks.bridge_process import bridge_process
from benchmarks.jack_loop import FRAMES_A_SECOND, PERIOD, NoJack, jack_server, midi_ear
from benchmarks.musicians_load import evening
from benchmarks.presses import PAUSE_SECONDS, Presses, delays, first_notes, press_for_midi, press_often
from bridge.clock import now
from bridge.contract import ModelContract
from bridge.doors.client import BridgeClient
from bridge.engine.latency import STAGES
from bridge.engine.latents import draw_latent
from bridge.generator import PROVIDERS, Generator
from bridge.midi.band_midi import VIRTUAL_PORT_NAME
from bridge.midi.midi_ports import NoMidi, note_on, open_midi_out
from bridge.paths import EMBEDDED_MODEL
from tests.peers.morphing import save_both_ends

KINDS = ("button", "seed")
FIRST_BAR_PROMISED = (2.0, 5.0)  # milliseconds on two CPU cores: p50, p99
PHRASE_PROMISED = 6.0  # p50
_SHARES = (50, 95, 99, 100)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=EMBEDDED_MODEL)
    parser.add_argument("--triggers", type=int, default=1000)
    parser.add_argument("--port", type=int, default=7791)
    parser.add_argument("--provider", choices=PROVIDERS, default="cpu")
    parser.add_argument("--under-load", action="store_true", help="while streaming and morphing")
    parser.add_argument("--stages", action="store_true", help="where the time goes")
    arguments = parser.parse_args(argv)
    generator = Generator(arguments.model, arguments.provider)
    alone = {kind: _generator_alone(generator, count, arguments.triggers) for kind, count in _alone(generator.contract)}
    presses: dict[str, Presses] = {}
    stages: dict[str, dict[str, dict[str, float]]] = {}
    for kind in KINDS:
        presses[kind], stages[kind] = _measure(arguments, kind, len(generator.contract.tracks))
    doing = "while streaming and morphing" if arguments.under_load else "idle"
    print(_head(f"{arguments.triggers} presses, {doing}, {generator.provider}"))
    print(_row("UDP echo through the engine (floor)", presses["button"].echo + presses["seed"].echo))
    for name in ("first_bar", "phrase"):
        print(_row(f"generator alone, {name.replace('_', ' ')} (floor)", alone[name]))
        for kind in KINDS:
            print(_row(f"{kind} to {name.replace('_', ' ')}", getattr(presses[kind], name)))
    _print_first_notes(arguments, len(generator.contract.tracks))
    if arguments.stages:
        for kind in KINDS:
            print(_stage_table(kind, presses[kind], stages[kind]))
    return 0 if _promise(presses) else 1


def _alone(contract: ModelContract) -> tuple[tuple[str, int], ...]:
    """By figure: how many bars the generator computes for it."""
    return ("first_bar", 1), ("phrase", contract.bars)


def _generator_alone(generator: Generator, bars: int, runs: int) -> list[float]:
    seconds = []
    for seed in range(runs):
        latent = draw_latent(generator.contract, seed)
        time.sleep(PAUSE_SECONDS / 4)
        begin = now()
        generator(latent, range(bars))
        seconds.append(now() - begin)
    return seconds


def _measure(arguments: argparse.Namespace, kind: str, tracks: int) -> tuple[Presses, dict[str, dict[str, float]]]:
    """A bridge of its own for each kind, so that its counters are of that kind alone."""
    with bridge_process(arguments.model, arguments.port, provider=arguments.provider) as client:
        save_both_ends(client)
        address = ("127.0.0.1", arguments.port)
        with evening(address) if arguments.under_load else nullcontext():
            presses = press_often(client, arguments.triggers, kind == "seed", tracks)
            return presses, _latencies(client)


def _latencies(client: BridgeClient) -> dict[str, dict[str, float]]:
    status = json.loads(str(client.request("/mai/status")[-1].arguments[1]))
    stages: dict[str, dict[str, float]] = status["latency_ms"]
    return stages


def _print_first_notes(arguments: argparse.Namespace, tracks: int) -> None:
    if arguments.under_load:
        print("first MIDI note: not measured, for while a stream runs a press plays from the next bar on")
        return
    try:
        floor = _jack_alone(min(arguments.triggers, 300))
        with (
            jack_server(),
            bridge_process(arguments.model, arguments.port, provider=arguments.provider, midi_api="jack") as client,
            midi_ear(f"{VIRTUAL_PORT_NAME}:") as ear,
        ):
            made = press_for_midi(client, arguments.triggers, tracks)
    except (NoJack, NoMidi) as problem:
        print(f"first MIDI note: not measured, {problem}")
        return
    print(_row(f"a note through JACK alone, period {PERIOD / FRAMES_A_SECOND * 1e3:.2f} (floor)", floor))
    notes = first_notes(made, ear.heard)
    print(_row(f"button to first MIDI note ({len(notes)} begin with one)", notes))


def _jack_alone(notes: int) -> list[float]:
    """Seconds from sending a note on a port to hearing it there; notes that JACK lost are left out."""
    sent: list[tuple[float, int]] = []
    with jack_server():
        out = open_midi_out("jack", None, "floor")
        try:
            with midi_ear("floor:") as ear:
                for number in range(notes):
                    time.sleep(PAUSE_SECONDS / 4)
                    sent.append((now(), number % 128))
                    out.send(note_on(0, number % 128, 100))
                time.sleep(PAUSE_SECONDS)
        finally:
            out.close()
    return delays(sent, ear.heard)


def _head(what: str) -> str:
    return f"{what + ', milliseconds':<56}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}"


def _row(name: str, seconds: Sequence[float]) -> str:
    figures = np.percentile(seconds, _SHARES) * 1e3 if len(seconds) else [np.nan] * len(_SHARES)
    return f"{name:<56}" + "".join(f"{one:>8.2f}" for one in figures)


def _stage_table(kind: str, presses: Presses, stages: dict[str, dict[str, float]]) -> str:
    lines = ["", _head(f"stages of {kind}, of the last presses")]
    lines += [
        f"{stage:<56}" + "".join(f"{stages[stage][share]:>8.2f}" for share in ("p50", "p95", "p99", "max"))
        for stage in STAGES
        if stage in stages
    ]
    before = sum(stages[stage]["p50"] for stage in ("read", "queue", "choose", "first_bar"))
    rest = float(np.median(presses.first_bar)) * 1e3 - before
    return "\n".join((*lines, f"{'the way there and back':<56}{rest:>8.2f}"))


def _promise(presses: dict[str, Presses]) -> bool:
    """Says of each kind whether it keeps what is promised; returns whether the button does."""
    kept = {}
    for kind in KINDS:
        p50, p99 = np.percentile(presses[kind].first_bar, (50, 99)) * 1e3
        phrase = float(np.median(presses[kind].phrase)) * 1e3
        kept[kind] = p50 <= FIRST_BAR_PROMISED[0] and p99 <= FIRST_BAR_PROMISED[1] and phrase <= PHRASE_PROMISED
    promised = f"first bar p50 {FIRST_BAR_PROMISED[0]:g}, p99 {FIRST_BAR_PROMISED[1]:g}, phrase p50 {PHRASE_PROMISED:g}"
    print(f"promised: {promised}: " + ", ".join(f"{kind} {'kept' if one else 'NOT'}" for kind, one in kept.items()))
    return kept["button"]


if __name__ == "__main__":
    sys.exit(main())
