"""maisynth: the bridge between a DAW and the band."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.live import Live

from bridge import __version__
from bridge.daemon import Bridge
from bridge.demo import play_demo
from bridge.doctor import doctor_command
from bridge.doors.osc_server import PortTaken
from bridge.engine.settings import BridgeSettings
from bridge.generator import PROVIDERS, BadModel
from bridge.install import install_command
from bridge.library import StorageError, latents_command
from bridge.midi.midi_ports import API_NAMES, NoMidi, list_ports
from bridge.midi.routing import ROUTE_HELP, BadRoute
from bridge.model_files import models_command
from bridge.paths import EMBEDDED_MODEL, default_library, models_folder
from bridge.protocol.client_constants import javascript, lua
from bridge.protocol.protocol_table import protocol_table
from bridge.screen.start_screen import start_screen
from bridge.screen.status_line import draw


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return int(arguments.run(arguments))
    except (BadModel, BadRoute, PortTaken, StorageError, NoMidi, OSError) as problem:
        print(f"maisynth: {problem}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="maisynth",
        description="An AI band for Ableton Live, Reaper and anything that speaks OSC or MIDI. "
        "Start with: maisynth demo",
    )
    parser.add_argument("--version", action="version", version=f"maisynth {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("serve", help="run the bridge until Ctrl-C")
    _add_bridge_options(command)
    command.set_defaults(run=_serve)

    command = commands.add_parser("demo", help="run the bridge, generate one phrase, show it, and go on serving")
    _add_bridge_options(command)
    command.add_argument("--once", action="store_true", help="end after the phrase")
    command.add_argument("--seed", type=int, default=3, help="the same seed gives the same notes (%(default)s)")
    command.add_argument("--out", type=Path, default=Path("out"), help="folder for demo.mid and demo.png (%(default)s)")
    command.set_defaults(run=_demo)

    command = commands.add_parser("latents", help="list saved latents, and move them between machines")
    latents_command.add_arguments(command)
    command.set_defaults(run=latents_command.run)

    command = commands.add_parser("models", help="list the models that can be played")
    models_command.add_arguments(command)
    command.set_defaults(run=models_command.run)

    command = commands.add_parser("doctor", help="find what keeps the band from playing here, and say what to do")
    _add_bridge_options(command)
    doctor_command.add_arguments(command)
    command.set_defaults(run=lambda arguments: doctor_command.run(arguments, _settings(arguments)))

    command = commands.add_parser("install", help="put the device into Live, or the script into Reaper")
    install_command.add_arguments(command)
    command.set_defaults(run=install_command.run)

    command = commands.add_parser("ports", help="list the MIDI outputs of this machine")
    command.add_argument("--midi-api", choices=API_NAMES, default="auto")
    command.set_defaults(run=_ports)

    command = commands.add_parser("protocol", help="print the OSC table")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--js", dest="form", action="store_const", const=javascript, help="as JavaScript constants")
    form.add_argument("--lua", dest="form", action="store_const", const=lua, help="as Lua constants")
    command.set_defaults(run=_protocol, form=protocol_table)
    return parser


def _add_bridge_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--model", type=Path, default=EMBEDDED_MODEL, help="an exported .onnx (the one that comes along)"
    )
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s: this machine alone)")
    command.add_argument("--port", type=int, default=7771, help="UDP port for OSC (%(default)s; 0: any free one)")
    command.add_argument(
        "--http-port", type=int, default=7772, help="TCP port for HTTP, this machine alone (%(default)s; 0: any free)"
    )
    command.add_argument(
        "--no-http", dest="http_port", action="store_const", const=None, help="open no TCP port (the page needs it)"
    )
    command.add_argument("--provider", choices=PROVIDERS, default="auto", help="what runs the model (%(default)s)")
    command.add_argument("--midi-api", choices=API_NAMES, default="auto", help="the MIDI system (%(default)s)")
    command.add_argument("--midi-port", metavar="NAME", help="part of a MIDI output's name (a virtual port of our own)")
    command.add_argument("--route", action="append", default=[], metavar="ROUTE", help=f"{ROUTE_HELP}; repeatable")
    command.add_argument("--clock-port", metavar="NAME", help="part of the MIDI input that the clock midi comes from")
    command.add_argument("--models", type=Path, default=models_folder(), help="folder of models (%(default)s)")
    command.add_argument("--tempo", type=float, help="quarter notes a minute of the internal clock (the model's)")
    command.add_argument("--library", type=Path, default=default_library(), help="file of saved latents (%(default)s)")


def _settings(arguments: argparse.Namespace) -> BridgeSettings:
    return BridgeSettings(
        model=arguments.model,
        library=arguments.library,
        host=arguments.host,
        port=arguments.port,
        http_port=arguments.http_port,
        provider=arguments.provider,
        midi_api=arguments.midi_api,
        midi_port=arguments.midi_port,
        clock_port=arguments.clock_port,
        routes=tuple(arguments.route),
        models=arguments.models,
        tempo=arguments.tempo,
    )


def _serve(arguments: argparse.Namespace) -> int:
    console = Console()
    with Bridge(_settings(arguments)) as bridge:
        console.print(start_screen(bridge))
        _run_until_signal(bridge, console)
    console.print("Stopped; every note has ended.")
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    console = Console()
    failure: list[Exception] = []
    with Bridge(_settings(arguments)) as bridge:

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
        _run_until_signal(bridge)
    if failure:
        print(f"maisynth: the demo failed: {failure[0]}", file=sys.stderr)
        return 1
    return 0


def _ports(arguments: argparse.Namespace) -> int:
    for name in list_ports(arguments.midi_api) or ["(none)"]:
        print(name)
    return 0


def _protocol(arguments: argparse.Namespace) -> int:
    print(arguments.form())
    return 0


def _run_until_signal(bridge: Bridge, console: Console | None = None) -> None:
    """With a console that is a terminal, a line there says how the band is doing."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):  # the last two: the terminal's window is closed
        number = getattr(signal, name, None)
        if number is None:
            continue
        signal.signal(number, lambda _number, _frame: bridge.stop())
    if console is None or not console.is_terminal:
        bridge.run()
        return
    # A thread of rich's own draws: a terminal that is slow holds up nobody.
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        bridge.run(lambda line: live.update(draw(line)))


if __name__ == "__main__":
    sys.exit(main())
