"""The options of every command that runs a bridge, and the settings that they make."""

from __future__ import annotations

import argparse
from pathlib import Path

from bridge.engine.settings import BridgeSettings
from bridge.generator import PROVIDERS
from bridge.midi.midi_ports import API_NAMES
from bridge.midi.routing import ROUTE_HELP
from bridge.paths import EMBEDDED_MODEL, default_library, models_folder


def add_bridge_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--model", type=Path, default=EMBEDDED_MODEL, help="an exported .onnx (the one that comes along)"
    )
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s: this machine alone)")
    command.add_argument(
        "--allow", action="append", default=[], metavar="NETWORK",
        help="who is let in where --host is more than this machine, such as 192.168.0.0/24; repeatable",
    )  # fmt: skip
    command.add_argument("--port", type=int, default=7771, help="UDP port for OSC (%(default)s; 0: any free one)")
    command.add_argument(
        "--http-port", type=int, default=7772, help="TCP port for HTTP, this machine alone (%(default)s; 0: any free)"
    )
    command.add_argument(
        "--no-http", dest="http_port", action="store_const", const=None, help="open no TCP port (the page needs it)"
    )
    command.add_argument("--no-page", dest="page", action="store_false", help="serve no page at the HTTP port")
    command.add_argument("--provider", choices=PROVIDERS, default="auto", help="what runs the model (%(default)s)")
    command.add_argument("--midi-api", choices=API_NAMES, default="auto", help="the MIDI system (%(default)s)")
    command.add_argument("--midi-port", metavar="NAME", help="part of a MIDI output's name (a virtual port of our own)")
    command.add_argument("--route", action="append", default=[], metavar="ROUTE", help=f"{ROUTE_HELP}; repeatable")
    command.add_argument("--clock-port", metavar="NAME", help="part of the MIDI input that the clock midi comes from")
    command.add_argument("--models", type=Path, default=models_folder(), help="folder of models (%(default)s)")
    command.add_argument("--tempo", type=float, help="quarter notes a minute of the internal clock (the model's)")
    command.add_argument("--library", type=Path, default=default_library(), help="file of saved latents (%(default)s)")


def settings_of(arguments: argparse.Namespace) -> BridgeSettings:
    return BridgeSettings(
        model=arguments.model,
        library=arguments.library,
        host=arguments.host,
        allow=tuple(arguments.allow),
        port=arguments.port,
        http_port=arguments.http_port,
        page=arguments.page,
        provider=arguments.provider,
        midi_api=arguments.midi_api,
        midi_port=arguments.midi_port,
        clock_port=arguments.clock_port,
        routes=tuple(arguments.route),
        models=arguments.models,
        tempo=arguments.tempo,
    )
