"""MIDI ports: what is refused, in which words, and what other programs hear through a real JACK server."""

from __future__ import annotations

import queue
import subprocess
import sys
import uuid

import mido
import pytest
import rtmidi

from bridge.clock import now
from bridge.midi.midi_ports import API_NAMES, APIS, NoMidi, PortList, find_port, list_ports, open_midi_out
from bridge.midi.outlets import Ports
from bridge.midi.player import Player, TimedNote
from bridge.midi.routing import Route

has_jack = pytest.mark.skipif(
    rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api(), reason="this python-rtmidi was built without JACK"
)


def test_a_part_of_a_name_finds_the_first_port_that_has_it() -> None:
    names = ["Midi Through", "IAC Bus 1", "IAC Bus 2"]
    assert find_port("iac", names) == "IAC Bus 1"
    assert find_port("BUS 2", names) == "IAC Bus 2"
    assert find_port("Moog", names) is None


def test_the_api_none_has_no_ports() -> None:
    assert list_ports("none") == []


@pytest.mark.parametrize("ask", [lambda: open_midi_out("oss", None, "Band"), lambda: list_ports("oss")])
def test_an_unknown_api_is_refused_with_those_that_there_are(ask: object) -> None:
    with pytest.raises(NoMidi, match="no MIDI api 'oss' on this system") as refusal:
        ask()  # type: ignore[operator]
    assert "auto" in str(refusal.value)
    assert "none" in str(refusal.value)


def test_an_api_of_another_system_is_refused_not_replaced() -> None:
    foreign = "winmm" if rtmidi.API_WINDOWS_MM not in rtmidi.get_compiled_api() else "alsa"
    with pytest.raises(NoMidi, match=f"no MIDI api '{foreign}' on this system"):
        open_midi_out(foreign, None, "Band")


def test_without_virtual_ports_the_remedy_is_loopmidi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtmidi, "get_compiled_api", lambda: [rtmidi.API_WINDOWS_MM])
    with pytest.raises(NoMidi, match=r"virtual MIDI port 'Band' through auto: winmm has no virtual ports; install"):
        open_midi_out("auto", None, "Band")


def test_the_names_are_those_of_the_apis_and_auto_and_none() -> None:
    assert set(APIS) == set(API_NAMES) - {"auto", "none"}


@has_jack
def test_no_server_is_one_sentence_with_the_remedy_and_a_clean_terminal(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", f"absent-{uuid.uuid4().hex}")
    with pytest.raises(NoMidi) as refusal:
        open_midi_out("jack", None, "Band")
    assert str(refusal.value) == (
        "cannot open a virtual MIDI port 'Band' through jack: jack does not answer (JACK server not running?); "
        "start a JACK server, or choose MIDI api 'none' to play over OSC alone"
    )
    with pytest.raises(NoMidi, match="cannot list the MIDI ports of jack: jack does not answer"):
        list_ports("jack")
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def jack(monkeypatch: pytest.MonkeyPatch, jack_server: str) -> str:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", jack_server)
    return jack_server


class Listener:
    """Another program's MIDI input in JACK, through mido."""

    def __init__(self, name: str, **options: object) -> None:
        self._came: queue.Queue[mido.Message] = queue.Queue()
        backend = mido.Backend("mido.backends.rtmidi/UNIX_JACK")
        self._port = backend.open_input(name, callback=self._came.put, **options)

    def hear(self, count: int) -> list[mido.Message]:
        """The next `count` messages, or those that came before there was nothing for a second."""
        heard: list[mido.Message] = []
        while len(heard) < count:
            try:
                heard.append(self._came.get(timeout=1.0))
            except queue.Empty:
                break
        return heard

    def close(self) -> None:
        self._port.close()


@has_jack
@pytest.mark.usefixtures("jack")
def test_another_program_hears_what_the_player_plays_through_our_virtual_port() -> None:
    name = f"Band-{uuid.uuid4().hex[:6]}"
    port = open_midi_out("jack", None, name)
    listener = Listener(f"{name}:{name}")
    with Player(port) as player:
        start = now() + 0.05
        player.play([TimedNote(start + i * 0.01, start + i * 0.01 + 0.2, 9, 40 + i, 90) for i in range(40)])
        heard = listener.hear(80)
    listener.close()
    ons = [m.note for m in heard if m.type == "note_on" and (m.channel, m.velocity) == (9, 90)]
    offs = [m.note for m in heard if m.type == "note_off" and m.channel == 9]
    assert len(ons) + len(offs) == len(heard)
    # A JACK server without real-time priority loses or repeats some periods on a busy computer; a third would be ours.
    assert len(set(ons)) >= 28
    assert len(set(offs)) >= 28
    assert ons == sorted(ons)
    assert offs == sorted(offs)


@has_jack
@pytest.mark.usefixtures("jack")
def test_closing_lets_the_last_note_offs_leave_and_does_not_hang() -> None:
    types: list[str] = []
    for _ in range(3):  # the server may drop a whole period of 64 frames, but not three times
        name = f"Band-{uuid.uuid4().hex[:6]}"
        player = Player(open_midi_out("jack", None, name), now=lambda: 0.0)
        player.start()
        listener = Listener(f"{name}:{name}")
        player.play([TimedNote(0.0, 9.0, 0, 60, 90)])
        heard = listener.hear(1)
        started = now()
        player.close()
        assert now() - started < 2.5, "RtMidi waited for the server's client timeout of 10 s"
        types = [message.type for message in heard + listener.hear(1)]
        listener.close()
        if types == ["note_on", "note_off"]:
            break
    assert types == ["note_on", "note_off"]


@has_jack
@pytest.mark.usefixtures("jack")
def test_a_port_that_exists_is_found_by_a_part_of_its_name_in_either_case() -> None:
    name = f"Synth-{uuid.uuid4().hex[:6]}"
    listener = Listener("in", virtual=True, client_name=name)
    assert f"{name}:in" in list_ports("jack")
    port = open_midi_out("jack", name.upper(), "Band")
    assert port.name == f"{name}:in"
    message = mido.Message("note_on", channel=2, note=61, velocity=5)
    heard: list[mido.Message] = []
    for _ in range(5):
        port.send(message)
        heard += listener.hear(1)
    port.close()
    listener.close()
    assert len(heard) >= 4
    assert all(one == message for one in heard)


@has_jack
@pytest.mark.usefixtures("jack")
def test_a_port_that_does_not_exist_is_refused_with_those_that_do() -> None:
    listener = Listener("in", virtual=True, client_name="Only-synth")
    with pytest.raises(NoMidi, match=r"a MIDI port with 'Minimoog' in its name through jack: .*'Only-synth:in'"):
        open_midi_out("jack", "Minimoog", "Band")
    listener.close()
    with pytest.raises(NoMidi, match=r"jack has no ports; connect a device"):
        open_midi_out("jack", "Minimoog", "Band")


@has_jack
@pytest.mark.usefixtures("jack")
def test_auto_finds_the_jack_server_where_the_system_has_nothing_else() -> None:
    try:
        open_midi_out("alsa", None, "Band").close()
    except NoMidi:
        port = open_midi_out("auto", None, "Band")
        port.close()
        assert port.name == "Band"
    else:
        pytest.skip("this system has an ALSA sequencer, which auto rightly prefers")


@has_jack
@pytest.mark.usefixtures("jack")
def test_an_instrument_that_ends_and_comes_back_is_found_again() -> None:
    name = f"Synth-{uuid.uuid4().hex[:6]}"
    listed = PortList("jack")
    listener = Listener("in", virtual=True, client_name=name)
    ports = Ports([Route(name, 2, 33)], lambda port: open_midi_out("jack", port, "Band"), listed.names)
    assert ports.outs[0].name == f"{name}:in"
    listener.close()
    ports.look()
    assert ports.notices() == [f"MIDI port '{name}:in' is gone: plug it in or start it, and it will be found again"]
    ports.look()
    listener = Listener("in", virtual=True, client_name=name)
    ports.look()
    assert ports.notices() == []
    heard = listener.hear(1)
    for _ in range(5):  # the server may drop a period
        ports.outs[0].send(mido.Message("note_on", channel=2, note=61))
        heard += listener.hear(1)
    ports.outs[0].close()
    listener.close()
    listed.close()
    assert {message.type for message in heard[1:]} == {"note_on"}
    assert heard[0] in (mido.Message("program_change", channel=2, program=33), heard[1])


# No faster than a band plays: a server's death takes a moment to be seen, and RtMidi waits for ever for room in its
# buffer of 16 kB.
PLAY_ON_AFTER_THE_SERVERS_DEATH = """
import os, signal, sys, time, mido
from bridge.midi.midi_ports import open_midi_out
port = open_midi_out("jack", None, "Band")
os.kill(int(sys.argv[1]), signal.SIGKILL)
for count in range(10_000):
    try:
        port.send(mido.Message("note_on", note=60))
        time.sleep(0.002)
    except OSError as error:
        print(error)
        break
port.close()
"""


@has_jack
def test_a_dead_jack_server_is_an_error_not_a_frozen_process(
    monkeypatch: pytest.MonkeyPatch, mortal_jack_server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    name, server = mortal_jack_server
    monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    # In another process: should the guard fail, RtMidi holds the interpreter's lock for ever.
    command = [sys.executable, "-c", PLAY_ON_AFTER_THE_SERVERS_DEATH, str(server.pid)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "the JACK server of MIDI port 'Band' is gone: start it and open the port again\n"
