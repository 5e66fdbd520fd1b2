"""maisynth: the bridge between a DAW and the band.

A command's modules are imported when it is run, and no other's: the help takes a sixth of the time, and the band
answers sooner (benchmarks/start.py).
"""

from __future__ import annotations

import argparse
import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridge import __version__
from bridge.logs.screen_log import screen_log

if TYPE_CHECKING:
    from rich.console import Console

    from bridge.daemon import Bridge
    from bridge.logs.flight_recorder import FlightRecorder
    from bridge.screen.status_line import StatusLine


DEMO_SEED = 18  # of a phrase in which every track of the band that comes along plays


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    given = sys.argv[1:] if argv is None else argv
    with _without_collections():
        arguments = _parser(given).parse_args(given)
    logging.basicConfig(level=logging.WARNING, handlers=[screen_log()])
    try:
        return int(arguments.run(arguments))
    except Exception as problem:
        if not isinstance(problem, _told_in_a_sentence()):
            raise
        print(f"maisynth: {problem}", file=sys.stderr)
        return 1


def _told_in_a_sentence() -> tuple[type[Exception], ...]:
    """What a musician can do something about."""
    from bridge.generator import BadModel
    from bridge.midi.midi_ports import NoMidi
    from bridge.midi.routing import BadRoute

    return BadModel, BadRoute, NoMidi, OSError  # the library's errors and a taken port are OSErrors


@contextmanager
def _without_collections() -> Iterator[None]:
    """While modules are imported nothing becomes rubbish: looking for it took a seventh of the time."""
    were_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if were_on:
            gc.enable()


@dataclass(frozen=True, slots=True)
class _Command:
    """`add`: gives a parser the command's options and its `run`."""

    help: str
    add: Callable[[argparse.ArgumentParser], None]


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """Knows all commands, and the options of those whose names are among the arguments."""
    parser = argparse.ArgumentParser(
        prog="maisynth",
        description="An AI band for Ableton Live, Reaper and anything that speaks OSC or MIDI. "
        "Start with: maisynth demo",
    )
    parser.add_argument("--version", action="version", version=f"maisynth {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in _COMMANDS.items():
        its_own = commands.add_parser(name, help=command.help)
        if name in given:
            command.add(its_own)
    return parser


def _add_serve(command: argparse.ArgumentParser) -> None:
    from bridge.bridge_options import add_bridge_options

    add_bridge_options(command)
    command.set_defaults(run=_serve)


def _add_demo(command: argparse.ArgumentParser) -> None:
    from bridge.bridge_options import add_bridge_options

    add_bridge_options(command)
    command.add_argument("--once", action="store_true", help="end after the phrase")
    command.add_argument("--seed", type=int, default=DEMO_SEED, help="the same seed gives the same notes (%(default)s)")
    command.add_argument("--out", type=Path, default=Path("out"), help="folder for demo.mid and demo.png (%(default)s)")
    command.set_defaults(run=_demo)


def _add_latents(command: argparse.ArgumentParser) -> None:
    from bridge.library import latents_command

    latents_command.add_arguments(command)
    command.set_defaults(run=latents_command.run)


def _add_models(command: argparse.ArgumentParser) -> None:
    from bridge.model_files import models_command

    models_command.add_arguments(command)
    command.set_defaults(run=models_command.run)


def _add_doctor(command: argparse.ArgumentParser) -> None:
    from bridge.bridge_options import add_bridge_options, settings_of
    from bridge.doctor import doctor_command

    add_bridge_options(command)
    doctor_command.add_arguments(command)
    command.set_defaults(run=lambda arguments: doctor_command.run(arguments, settings_of(arguments)))


def _add_install(command: argparse.ArgumentParser) -> None:
    from bridge.install import install_command

    install_command.add_arguments(command)
    command.set_defaults(run=install_command.run)


def _add_open(command: argparse.ArgumentParser) -> None:
    from bridge.page import open_command

    open_command.add_arguments(command)
    command.set_defaults(run=open_command.run)


def _add_ports(command: argparse.ArgumentParser) -> None:
    from bridge.midi.midi_ports import API_NAMES

    command.add_argument("--midi-api", choices=API_NAMES, default="auto")
    command.set_defaults(run=_ports)


def _add_protocol(command: argparse.ArgumentParser) -> None:
    from bridge.protocol.client_constants import javascript, lua
    from bridge.protocol.protocol_table import protocol_table

    form = command.add_mutually_exclusive_group()
    form.add_argument("--js", dest="form", action="store_const", const=javascript, help="as JavaScript constants")
    form.add_argument("--lua", dest="form", action="store_const", const=lua, help="as Lua constants")
    command.set_defaults(run=_protocol, form=protocol_table)


_COMMANDS = {
    "serve": _Command("run the bridge until Ctrl-C", _add_serve),
    "demo": _Command("run the bridge, generate one phrase, show it, and go on serving", _add_demo),
    "open": _Command("open the page of the bridge that runs here", _add_open),
    "latents": _Command("list saved latents, and move them between machines", _add_latents),
    "models": _Command("list the models that can be played", _add_models),
    "doctor": _Command("find what keeps the band from playing here, and say what to do", _add_doctor),
    "install": _Command("put the device into Live, or the script into Reaper", _add_install),
    "ports": _Command("list the MIDI outputs of this machine", _add_ports),
    "protocol": _Command("print the OSC table", _add_protocol),
}


def _serve(arguments: argparse.Namespace) -> int:
    with _without_collections():
        from rich.console import Console

        from bridge.bridge_options import settings_of
        from bridge.logs.recorded_bridge import recorded_bridge
        from bridge.screen.start_screen import start_screen
    console = Console()
    with recorded_bridge(settings_of(arguments), _told_in_a_sentence()) as (bridge, recorder):
        console.print(start_screen(bridge))
        _run_until_signal(bridge, recorder, console)
    console.print("Stopped; every note has ended.")
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from rich.console import Console

    from bridge.bridge_options import settings_of
    from bridge.demo import play_demo
    from bridge.logs.recorded_bridge import recorded_bridge
    from bridge.screen.start_screen import start_screen

    console = Console()
    failure: list[Exception] = []
    with recorded_bridge(settings_of(arguments), _told_in_a_sentence()) as (bridge, recorder):

        def show() -> None:
            try:
                play_demo(bridge.osc_address, bridge.generator.contract, arguments.out, arguments.seed, console)
                console.print(start_screen(bridge, serving=not arguments.once))
            except Exception as problem:
                failure.append(problem)
            if arguments.once or failure:
                bridge.stop()

        client = threading.Thread(target=show, name="demo client", daemon=True)
        client.start()
        _run_until_signal(bridge, recorder)
    if failure:
        print(f"maisynth: the demo failed: {failure[0]}", file=sys.stderr)
        return 1
    return 0


def _ports(arguments: argparse.Namespace) -> int:
    from bridge.midi.midi_ports import list_ports

    for name in list_ports(arguments.midi_api) or ["(none)"]:
        print(name)
    return 0


def _protocol(arguments: argparse.Namespace) -> int:
    print(arguments.form())
    return 0


def _run_until_signal(bridge: Bridge, recorder: FlightRecorder, console: Console | None = None) -> None:
    """With a console that is a terminal, a line there says how the band is doing."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):  # the last two: the terminal's window is closed
        number = getattr(signal, name, None)
        if number is None:
            continue
        signal.signal(number, lambda _number, _frame: bridge.stop())
    if console is None or not console.is_terminal:
        bridge.run(lambda _line: recorder.look())
        return
    from rich.live import Live

    from bridge.screen.status_line import draw

    # A thread of rich's own draws: a terminal that is slow holds up nobody.
    with Live(console=console, refresh_per_second=4, transient=True) as live:

        def show(line: StatusLine) -> None:
            recorder.look()
            live.update(draw(line))

        bridge.run(show)


if __name__ == "__main__":
    sys.exit(main())
