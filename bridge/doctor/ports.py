"""Whether the ports of OSC and HTTP are free, and who has them if they are not."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Sequence
from http.client import HTTPException
from urllib.request import ProxyHandler, Request, build_opener

from bridge.clock import now
from bridge.doctor.finding import Finding, Level
from bridge.doors.allow_list import NotAllowed, allow_list
from bridge.doors.client import BridgeClient
from bridge.doors.http_door import HOST, HttpDoor
from bridge.doors.inbox import Inbox
from bridge.doors.osc_server import OscServer, PortTaken
from bridge.protocol.osc_packet import OscMessage

_PATIENCE_SECONDS = 1.0
_LARGEST_ANSWER_BYTES = 1 << 16
_REMEDIES = {
    errno.EACCES: "the system keeps this port for itself: choose one above 1024 with {option}",
    errno.EADDRNOTAVAIL: "this machine has no such address: leave out --host, or give one of its own",
}


def osc_port(host: str, port: int) -> Finding:
    """Listens there for a moment."""
    name = f"OSC port {port}"
    try:
        server = OscServer(host, port, lambda _datagram, _source: None)
    except PortTaken as problem:
        asked = "127.0.0.1" if host == "0.0.0.0" else host
        return _taken(name, port, problem, "--port", lambda: _version_over_osc(asked, port))
    server.start()
    server.close()
    return Finding(name, Level.OK, f"UDP {server.address[0]}:{server.address[1]} is free")


def who_is_let_in(host: str, allowed: Sequence[str]) -> Finding:
    """Whether somebody beyond this machine may play the band."""
    name = "who is let in"
    try:
        warning = allow_list(host, allowed).warning
    except NotAllowed as problem:
        return Finding(name, Level.BAD, "the bridge would not start", str(problem))
    if warning is None:
        return Finding(name, Level.OK, "this machine alone")
    return Finding(name, Level.WARN, warning, "fine in a network that you trust; see SECURITY.md")


def http_port(port: int | None) -> Finding:
    """Listens there for a moment. None: no HTTP is wanted."""
    if port is None:
        return Finding("HTTP port", Level.OK, "switched off (--no-http)")
    name = f"HTTP port {port}"
    try:
        door = HttpDoor(port, Inbox(lambda _message, _source: None), now)
    except PortTaken as problem:
        return _taken(name, port, problem, "--http-port", lambda: _version_over_http(port))
    door.close()
    return Finding(name, Level.OK, f"TCP {door.address[0]}:{door.address[1]} is free")


def _taken(name: str, port: int, problem: PortTaken, option: str, version: Callable[[], str | None]) -> Finding:
    cause = problem.__cause__
    if isinstance(cause, OSError) and cause.errno in _REMEDIES:
        found = f"it cannot be listened on: {cause.strerror}"
        return Finding(name, Level.BAD, found, _REMEDIES[cause.errno].format(option=option))
    running = version()
    if running is not None:
        return Finding(
            name,
            Level.WARN,
            f"a bridge of version {running} runs there",
            f"use that one; to start another, stop it first or choose another port with {option}",
        )
    return Finding(
        name,
        Level.BAD,
        f"{problem} (whoever has it does not answer as a bridge)",
        f"find the program (lsof -i :{port}, on Windows netstat -ano) and end it, or choose another port with {option}",
    )


def _version_over_osc(host: str, port: int) -> str | None:
    """None: nobody answers there as a bridge."""
    try:
        with BridgeClient((host, port), timeout=_PATIENCE_SECONDS) as client:
            return _version(client.request("/mai/status")[-1])
    except (OSError, ValueError, RuntimeError):
        return None


def _version_over_http(port: int) -> str | None:
    request = Request(f"http://{HOST}:{port}/v1/mai/status?args=1", headers={"Accept": "application/json"})
    try:
        # No proxy: it would be asked for this machine by a name that is its own.
        with build_opener(ProxyHandler({})).open(request, timeout=_PATIENCE_SECONDS) as answer:
            address, *arguments = json.loads(answer.read(_LARGEST_ANSWER_BYTES))[-1]
            return _version(OscMessage(address, tuple(arguments)))
    except (OSError, HTTPException, ValueError, LookupError, TypeError):
        return None


def _version(status: OscMessage) -> str | None:
    """Raises ValueError for an answer that is none of a bridge."""
    if status.address != "/mai/status" or len(status.arguments) != 2:
        return None
    table = json.loads(str(status.arguments[1]))
    version = table.get("version") if isinstance(table, dict) else None
    return version[:40] if isinstance(version, str) else None
