"""A client of the HTTP door as a stranger would write it, from the standard library and a WebSocket library."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from websockets.sync.client import ClientConnection, connect

Message = list[Any]  # [address, argument, …]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")


class HttpClient:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        self.host, self.port = parts.hostname, parts.port

    def ask(
        self, target: str, headers: Mapping[str, str] | None = None, method: str = "GET", body: bytes | None = None
    ) -> Answer:
        """One request, and all of its answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            connection.request(method, target, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())
        finally:
            connection.close()

    def messages(self, address: str, args: str) -> list[Message]:
        """The answers to one request, as JSON."""
        answer = self.ask(f"/v1{address}?args={quote(args)}", {"Accept": "application/json"})
        assert answer.status == 200, answer.text
        messages: list[Message] = json.loads(answer.text)
        return messages

    def status(self) -> dict[str, Any]:
        """What /mai/status says."""
        ((_, _, text),) = self.messages("/mai/status", "1")
        told: dict[str, Any] = json.loads(text)
        return told

    def web_socket(self, **options: Any) -> AbstractContextManager[ClientConnection]:
        opening: AbstractContextManager[ClientConnection] = connect(
            f"ws://{self.host}:{self.port}/v1/ws", compression=None, **options
        )
        return opening

    def wait_for_clients(self, count: int, seconds: float = 5.0) -> None:
        """Until so many clients are known to the engine."""
        end = time.monotonic() + seconds
        while (known := self.status()["client_count"]) != count:
            assert time.monotonic() < end, f"{known} clients, expected {count}"
            time.sleep(0.01)


def say(socket: ClientConnection, *message: Any) -> None:
    socket.send(json.dumps(message))


def hear(socket: ClientConnection, timeout: float = 5.0) -> Message:
    message: Message = json.loads(socket.recv(timeout=timeout))
    return message


def hear_until(socket: ClientConnection, address: str) -> list[Message]:
    """All messages to the first at an address, that included."""
    heard = [hear(socket)]
    while heard[-1][0] != address:
        heard.append(hear(socket))
    return heard


def is_last_of(bar: int, track: int, message: Message) -> bool:
    """Whether a /mai/bar is the last part of that track's bar."""
    address, _, its_bar, its_track, part, parts = message[:6]
    assert address == "/mai/bar"
    return (its_bar, its_track, part) == (bar, track, parts - 1)


def hear_bars(socket: ClientConnection, last_bar: int = 3, last_track: int = 4) -> list[Message]:
    """All /mai/bar messages to the last part of a bar and track."""
    heard = [hear(socket)]
    while not is_last_of(last_bar, last_track, heard[-1]):
        heard.append(hear(socket))
    return heard


def places(messages: list[Message]) -> list[tuple[int, int]]:
    """Bar and track of /mai/bar messages, in the order they came, parts taken together."""
    return list(dict.fromkeys((message[2], message[3]) for message in messages if message[0] == "/mai/bar"))
