"""A client of the bridge, for the demo, the tests and anyone's Python: requests over UDP, answers gathered.

It writes and reads with python-osc, as a musician's own script would: what the bridge packs itself, for speed, must be
what others understand.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import TracebackType

from pythonosc.osc_message import OscMessage as PythonOscMessage
from pythonosc.osc_message import ParseError
from pythonosc.osc_message_builder import build_msg

from bridge.clock import now
from bridge.doors.address import Address
from bridge.pianoroll import Note
from bridge.protocol.osc_packet import MalformedDatagram, OscMessage
from bridge.protocol.requests import closes, closing_answer


class NoAnswer(TimeoutError):
    """The bridge did not answer in time."""


class BridgeError(RuntimeError):
    """The bridge answered with /mai/error; `code` is the protocol's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class BridgeClient:
    """One UDP socket to a bridge. One thread uses it."""

    def __init__(self, bridge: Address, timeout: float = 5.0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.connect(bridge)
        self._timeout = timeout
        self._last_id = 0

    @property
    def port(self) -> int:
        """The UDP port that answers come to."""
        return int(self._socket.getsockname()[1])

    def send(self, address: str, *arguments: int | float | str) -> None:
        """One message, no waiting."""
        self._socket.send(build_msg(address, list(arguments)).dgram)

    def request(self, address: str, *arguments: int | float | str) -> list[OscMessage]:
        """Send a request with an id of our own and return all its answers; the last one closes it.

        Does not wait for a request that only an error would answer, such as a /mai/clip.
        Raises BridgeError for an /mai/error and NoAnswer after the timeout. Messages of other ids are left out.
        """
        self._last_id += 1
        self.send(address, self._last_id, *arguments)
        closing = closing_answer(OscMessage(address, (self._last_id, *arguments)))
        answers: list[OscMessage] = []
        if closing is None:
            return answers
        for message in self.receive(self._timeout):
            if message.arguments[:1] != (self._last_id,):
                continue
            if message.address == "/mai/error":
                _, _, code, text = message.arguments
                raise BridgeError(str(code), str(text))
            answers.append(message)
            if closes(message, closing):
                return answers
        raise NoAnswer(f"no answer to {address} within {self._timeout:g} s: is the bridge running?")

    def receive(self, seconds: float) -> Iterator[OscMessage]:
        """The messages that come in the next `seconds`. Raises MalformedDatagram for what no bridge sends."""
        return map(read_answer, self.receive_datagrams(seconds))

    def receive_datagrams(self, seconds: float) -> Iterator[bytes]:
        """The same as they came, for read_answer to read: whoever times them does not time the reading."""
        end = now() + seconds
        while (left := end - now()) > 0:
            self._socket.settimeout(left)
            try:
                yield self._socket.recv(65535)
            except TimeoutError:
                return
            except ConnectionRefusedError as error:
                raise NoAnswer("nothing listens at the bridge's port: start it with maisynth serve") from error

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> BridgeClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_answer(datagram: bytes) -> OscMessage:
    """The message that a bridge sent: it sends no bundles. Raises MalformedDatagram."""
    try:
        answer = PythonOscMessage(datagram)
    except (ParseError, UnicodeDecodeError) as error:
        raise MalformedDatagram(f"{datagram[:40]!r} is no answer of a bridge: {error}") from error
    return OscMessage(answer.address, tuple(answer.params))


def bar_notes(message: OscMessage) -> tuple[int, int, list[Note]]:
    """Bar, track and notes of a /mai/bar message. The reverse of bridge.protocol.answers.bars, a part at a time."""
    _, bar, track, _part, _parts, _start_beat, *values = message.arguments
    notes = [
        Note(int(pitch), int(velocity), float(start), float(duration))
        for pitch, velocity, start, duration in zip(*(values[place::4] for place in range(4)), strict=True)
    ]
    return int(bar), int(track), notes
