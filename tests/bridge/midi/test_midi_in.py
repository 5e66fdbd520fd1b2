"""MIDI inputs: times of arrival, what is refused in which words, and what comes through a real JACK server."""

from __future__ import annotations

import queue
import random
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
import rtmidi

from bridge.clock import now
from bridge.midi.midi_in import ArrivalTime, MidiIn, open_midi_in
from bridge.midi.midi_ports import NoMidi

has_jack = pytest.mark.skipif(
    rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api(), reason="this python-rtmidi was built without JACK"
)


class Heard:
    """Takes what a port hands on."""

    def __init__(self) -> None:
        self._came: queue.Queue[tuple[tuple[int, ...], float]] = queue.Queue()

    def __call__(self, message: Sequence[int], at: float) -> None:
        self._came.put((tuple(message), at))

    def wait(self, count: int, seconds: float = 5.0) -> list[tuple[tuple[int, ...], float]]:
        """The next `count` messages and their times, or those that came before there was nothing for `seconds`."""
        heard: list[tuple[tuple[int, ...], float]] = []
        while len(heard) < count:
            try:
                heard.append(self._came.get(timeout=seconds))
            except queue.Empty:
                break
        return heard


class FakeClient:
    """A client of RtMidi's, as far as an input uses it: a queue of (message, seconds since the one before)."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[tuple[list[int], float]] = queue.SimpleQueue()
        self.closed = False
        self.asked_by: set[int | None] = set()

    def take(self) -> tuple[list[int], float] | None:
        assert not self.closed, "asked after it was closed"
        self.asked_by.add(threading.get_ident())
        try:
            return self.queue.get_nowait()
        except queue.Empty:
            return None

    def close(self) -> None:
        assert not self.closed, "closed twice"
        self.closed = True


def test_messages_come_in_order_by_a_thread_of_the_ports_own() -> None:
    client, heard = FakeClient(), Heard()
    port = MidiIn(client, "Drums", heard)
    for number in range(50):
        client.queue.put(([0xF8], 0.02 if number else 0.0))
        client.queue.put(([0x90, number, 1], 0.0))
    messages = [message for message, _ in heard.wait(100)]
    port.close()
    assert messages[1::2] == [(0x90, number, 1) for number in range(50)]
    assert threading.get_ident() not in client.asked_by


def test_a_message_that_fails_does_not_keep_the_next_from_being_heard(caplog: pytest.LogCaptureFixture) -> None:
    client, heard = FakeClient(), Heard()

    def hear(message: Sequence[int], at: float) -> None:
        if message[0] == 0xFA:
            raise RuntimeError("no downbeat")
        heard(message, at)

    port = MidiIn(client, "Drums", hear)
    client.queue.put(([0xFA], 0.0))
    client.queue.put(([0xF8], 0.0))
    assert [message for message, _ in heard.wait(1)] == [(0xF8,)]
    port.close()
    assert "no downbeat" in caplog.text


def test_a_closed_port_hands_nothing_on_and_may_be_closed_again() -> None:
    client, heard = FakeClient(), Heard()
    port = MidiIn(client, "Drums", heard)
    port.close()
    port.close()
    client.queue.put(([0xF8], 0.0))
    assert heard.wait(1, 0.05) == []
    assert client.closed


@pytest.mark.parametrize("seed", range(5))
def test_a_busy_interpreter_does_not_make_messages_late(seed: int) -> None:
    chance, arrival = random.Random(seed), ArrivalTime()
    for number in range(500):
        came = 10.0 + number * 0.02
        told = arrival.of(0.02 if number else 0.0, came + 0.0001 + chance.choice((0.0, 0.001, 0.03)))
        assert told <= came + 0.0301
        if number > 20:
            assert told == pytest.approx(came, abs=0.0002)


def test_messages_that_are_fetched_together_keep_their_distances() -> None:
    arrival = ArrivalTime()
    arrival.of(0.0, 1.0)
    times = [arrival.of(0.02, 1.2) for _ in range(5)]
    assert [later - earlier for earlier, later in pairwise(times)] == pytest.approx([0.02] * 4, rel=1e-3)


def test_a_driver_whose_clock_is_a_little_slow_is_followed_for_hours() -> None:
    arrival = ArrivalTime()
    for number in range(100_000):
        came = number * 0.02
        told = arrival.of(0.02 * (1 - 1e-4) if number else 0.0, came)
    assert told == pytest.approx(came, abs=0.001)


def test_a_driver_whose_clock_is_a_little_fast_never_tells_of_the_future() -> None:
    arrival = ArrivalTime()
    for number in range(100_000):
        came = number * 0.02
        assert arrival.of(0.02 * (1 + 1e-4) if number else 0.0, came) <= came


def test_an_api_of_another_system_is_refused_not_replaced() -> None:
    foreign = "winmm" if rtmidi.API_WINDOWS_MM not in rtmidi.get_compiled_api() else "alsa"
    with pytest.raises(NoMidi, match=f"no MIDI api '{foreign}' on this system"):
        open_midi_in(foreign, None, "Band clock", Heard())


def test_without_virtual_ports_the_remedy_is_loopmidi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtmidi, "get_compiled_api", lambda: [rtmidi.API_WINDOWS_MM])
    with pytest.raises(NoMidi, match=r"virtual MIDI input 'Band clock' through auto: winmm has no virtual ports; inst"):
        open_midi_in("auto", None, "Band clock", Heard())


@has_jack
def test_no_server_is_one_sentence_with_the_remedy_and_a_clean_terminal(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", f"absent-{uuid.uuid4().hex}")
    with pytest.raises(NoMidi) as refusal:
        open_midi_in("jack", None, "Band clock", Heard())
    assert str(refusal.value) == (
        "cannot open a virtual MIDI input 'Band clock' through jack: jack does not answer (JACK server not running?); "
        "start a JACK server, or set clock to transport, link or internal"
    )
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def jack(monkeypatch: pytest.MonkeyPatch, jack_server: str) -> str:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", jack_server)
    return jack_server


def open_sender(open_port: Callable[[rtmidi.MidiOut], None]) -> rtmidi.MidiOut:
    """Another program's output."""
    sender = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=f"Drums-{uuid.uuid4().hex[:6]}")
    open_port(sender)
    return sender


def close_sender(sender: rtmidi.MidiOut) -> None:
    sender.close_port()
    sender.delete()


@has_jack
@pytest.mark.usefixtures("jack")
def test_a_virtual_input_hears_clock_messages_and_when_they_came() -> None:
    name, heard = f"Clock-{uuid.uuid4().hex[:6]}", Heard()
    port = open_midi_in("jack", None, name, heard)
    assert port.name == name

    def connect(sender: rtmidi.MidiOut) -> None:
        sender.open_port(next(index for index, one in enumerate(sender.get_ports()) if name in one))

    sender = open_sender(connect)
    begun = now()
    messages = [(0xF2, 8, 0), (0xFA,), *[(0xF8,)] * 30, (0xFC,), (0xFE,), (0x90, 60, 100)]
    for message in messages:
        sender.send_message(message)
        threading.Event().wait(0.005)
    came = heard.wait(len(messages), 1.0)
    ended = now()
    close_sender(sender)
    port.close()
    # A JACK server without real-time priority loses or repeats a period's messages now and then.
    assert abs(len(came) - len(messages)) <= 3
    assert {message for message, _ in came} >= {(0xF8,)}
    assert len({message for message, _ in came} & set(messages)) >= 5, "clock messages are kept back"
    times = [at for _, at in came]
    assert times == sorted(times)
    assert begun <= times[0] <= times[-1] <= ended


@has_jack
@pytest.mark.usefixtures("jack")
def test_an_input_that_exists_is_found_by_a_part_of_its_name_in_either_case() -> None:
    name, heard = f"Machine-{uuid.uuid4().hex[:6]}", Heard()
    sender = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=name)
    sender.open_virtual_port("clock")
    port = open_midi_in("jack", name.upper(), "Band clock", heard)
    assert port.name == f"{name}:clock"
    for _ in range(5):
        sender.send_message([0xF8])
        threading.Event().wait(0.005)
    assert len(heard.wait(5, 1.0)) >= 4
    port.close()
    close_sender(sender)


@has_jack
@pytest.mark.usefixtures("jack")
def test_an_input_that_does_not_exist_is_refused_with_those_that_do() -> None:
    sender = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="Only-machine")
    sender.open_virtual_port("clock")
    with pytest.raises(NoMidi, match=r"a MIDI input with 'TR-909' in its name through jack: .*'Only-machine:clock'"):
        open_midi_in("jack", "TR-909", "Band clock", Heard())
    close_sender(sender)
    with pytest.raises(NoMidi, match=r"jack has no ports; connect a device"):
        open_midi_in("jack", "TR-909", "Band clock", Heard())


CLOSE_AFTER_THE_SERVERS_DEATH = """
import os, signal, sys, time
from bridge.midi.midi_in import open_midi_in
port = open_midi_in("jack", None, "Clock", print)
os.kill(int(sys.argv[1]), signal.SIGKILL)
time.sleep(0.3)
port.close()
print("closed")
"""


@has_jack
def test_a_port_of_a_dead_jack_server_closes(
    monkeypatch: pytest.MonkeyPatch, mortal_jack_server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    name, server = mortal_jack_server
    monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    command = [sys.executable, "-c", CLOSE_AFTER_THE_SERVERS_DEATH, str(server.pid)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "closed\n"
