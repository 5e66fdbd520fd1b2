"""`maisynth open`: the page of a running bridge, in the browser."""

from __future__ import annotations

import argparse
import webbrowser
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from bridge.doors.http_door import HOST

_PATIENCE_SECONDS = 3.0
_BRIDGES_OWN = "/v1/mai/ping?args=1"


class NoPage(OSError):
    """There is no page to open; the message says why and what to do."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--http-port", type=int, default=7772, help="TCP port of the bridge (%(default)s)")


def run(arguments: argparse.Namespace) -> int:
    return open_page(arguments.http_port, webbrowser.open)


def open_page(port: int, browser: Callable[[str], bool]) -> int:
    """Have the browser show the page; returns the exit status. Raises NoPage where no bridge serves one.

    A machine without a browser is told the address.
    """
    url = f"http://{HOST}:{port}/"
    if _status(port, _BRIDGES_OWN, "/mai/pong") != HTTPStatus.OK:
        raise NoPage(f"another program than a bridge is at TCP {HOST}:{port}: give the bridge's own with --http-port")
    if _status(port, "/") != HTTPStatus.OK:
        raise NoPage(f"the bridge at TCP {HOST}:{port} serves no page: start it without --no-page")
    if not browser(url):
        print(f"No browser was found here. The page is at {url}")
        return 1
    print(url)
    return 0


def _status(port: int, target: str, begins: str = "") -> int | None:
    """The status of a GET; None: what came is no HTTP, or does not begin as expected."""
    connection = HTTPConnection(HOST, port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status if answer.read(1 << 16).startswith(begins.encode()) else None
    except (ConnectionRefusedError, OverflowError) as problem:
        raise NoPage(
            f"nothing listens at TCP {HOST}:{port} ({problem}): start the bridge with maisynth serve, "
            "or give its port with --http-port"
        ) from problem
    except (HTTPException, OSError):
        return None
    finally:
        connection.close()
