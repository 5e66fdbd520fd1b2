"""Several ports, unplugged and plugged in again while the band plays."""

from __future__ import annotations

import mido
import pytest

from bridge.midi.midi_ports import MidiOut, NoMidi
from bridge.midi.notes import TimedNote
from bridge.midi.outlets import Outlet, Ports
from bridge.midi.player import Player
from bridge.midi.routing import Route
from tests.fakes import RecordingMidiOut

ON = mido.Message("note_on", note=60)


class Synth(RecordingMidiOut):
    """A port of the studio; a message to one that was unplugged goes nowhere, or is refused by a strict driver."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class Studio:
    """The MIDI ports of a computer, and what was opened of them."""

    def __init__(self, *ports: str) -> None:
        self.ports = list(ports)
        self.opened: list[Synth] = []
        self.has_virtual_ports = True
        self.answers = True

    def names(self) -> list[str]:
        if not self.answers:
            raise NoMidi("the MIDI service does not answer")
        return list(self.ports)

    def open(self, port: str | None) -> MidiOut:
        if port is None and not self.has_virtual_ports:
            raise NoMidi("there are no virtual ports here")
        name = "MAIsynthesizer" if port is None else next((n for n in self.names() if port.lower() in n.lower()), None)
        if name is None:
            raise NoMidi(f"there is no port {port!r}")
        self.opened.append(Synth(name))
        return self.opened[-1]

    def opened_as(self, name: str) -> list[Synth]:
        return [synth for synth in self.opened if synth.name == name]


def open_ports(studio: Studio, *routes: Route) -> Ports:
    return Ports(routes, studio.open, studio.names)


def test_each_port_is_opened_once_however_many_tracks_play_on_it() -> None:
    studio = Studio("IAC Bus 1", "Moog")
    ports = open_ports(studio, Route(None, 9), Route("moog", 0), Route("iac", 1), Route("IAC Bus", 2), Route("moog", 3))
    assert sorted(synth.name for synth in studio.opened) == ["IAC Bus 1", "MAIsynthesizer", "Moog"]
    assert [ports.number_of(port) for port in (None, "moog", "iac", "IAC Bus")] == [0, 1, 2, 2]
    assert [outlet.name for outlet in ports.outs] == ["MAIsynthesizer", "Moog", "IAC Bus 1"]
    assert ports.notices() == []


def test_programs_are_sent_on_their_ports_when_these_open_and_only_for_routes_that_ask() -> None:
    studio = Studio("Moog", "Korg")
    open_ports(studio, Route("Moog", 2, 33), Route("Korg", 4), Route("Moog", 3, 48))
    moog, korg = studio.opened
    assert [(m.type, m.channel, m.program) for m in moog.messages] == [
        ("program_change", 2, 33),
        ("program_change", 3, 48),
    ]
    assert korg.messages == []


def test_new_routes_give_their_programs_to_send_now() -> None:
    studio = Studio("Moog")
    ports = open_ports(studio, Route(None, 0), Route("Moog", 2, 33))
    assert ports.use([Route(None, 0, 5), Route("Moog", 2)]) == [
        (0, mido.Message("program_change", channel=0, program=5))
    ]


def test_a_port_that_is_not_there_yet_is_waited_for_and_said() -> None:
    studio = Studio("Korg")
    ports = open_ports(studio, Route(None, 0), Route("Moog", 2, 33))
    assert ports.notices() == ["no MIDI port has 'Moog' in its name, there are 'Korg': it will be found when it comes"]
    with pytest.raises(OSError, match="no MIDI port has 'Moog'"):
        ports.outs[1].send(ON)
    ports.look()
    studio.ports.append("Moog Minitaur")
    ports.look()
    assert ports.notices() == []
    ports.outs[1].send(ON)
    (moog,) = studio.opened_as("Moog Minitaur")
    assert [message.type for message in moog.messages] == ["program_change", "note_on"]


def test_a_port_that_vanished_is_found_again_and_told_its_programs() -> None:
    studio = Studio("Moog", "Korg")
    ports = open_ports(studio, Route("Moog", 2, 33), Route("Korg", 3))
    studio.ports.remove("Moog")
    ports.look()
    assert ports.notices() == ["MIDI port 'Moog' is gone: plug it in or start it, and it will be found again"]
    assert studio.opened[0].closed
    with pytest.raises(OSError, match="'Moog' is gone"):
        ports.outs[0].send(ON)
    ports.outs[1].send(ON)
    studio.ports.append("Moog")
    ports.look()
    ports.outs[0].send(ON)
    assert [message.type for message in studio.opened_as("Moog")[1].messages] == ["program_change", "note_on"]
    assert len(studio.opened_as("Korg")) == 1, "nobody touched the other port"


@pytest.mark.parametrize("port", ["Moog", None])
def test_a_port_that_refuses_messages_is_opened_again(port: str | None) -> None:
    studio = Studio("Moog")
    ports = open_ports(studio, Route(port, 2))
    studio.opened[0].plugged_in = False
    with pytest.raises(OSError, match="the cable is pulled"):
        ports.outs[0].send(ON)
    ports.look()
    ports.outs[0].send(ON)
    ports.look()
    assert [synth.closed for synth in studio.opened] == [True, False]
    assert len(studio.opened[1].messages) == 1


def test_a_midi_service_that_dies_and_returns_costs_its_messages_and_no_more() -> None:
    studio = Studio("Moog")
    ports = open_ports(studio, Route("Moog", 2))
    studio.answers = False
    ports.look()
    assert not ports.outs[0].is_open
    studio.answers = True
    ports.look()
    assert ports.outs[0].is_open


def test_no_midi_at_all_is_said_once_and_not_waited_for() -> None:
    studio = Studio()
    studio.has_virtual_ports = studio.answers = False
    with pytest.raises(NoMidi, match="there are no virtual ports here"):
        open_ports(studio, Route(None, 0))
    with pytest.raises(NoMidi, match="the MIDI service does not answer"):
        open_ports(studio, Route("Moog", 0))


def test_where_there_are_no_virtual_ports_named_ones_play() -> None:
    studio = Studio("loopMIDI")
    studio.has_virtual_ports = False
    ports = open_ports(studio, Route(None, 9), Route("loop", 0))
    assert ports.notices() == ["there are no virtual ports here"]
    ports.outs[ports.number_of("loop")].send(ON)
    assert len(studio.opened[0].messages) == 1


def test_a_closed_outlet_stays_closed() -> None:
    studio = Studio("Moog")
    outlet = Outlet("Moog", studio.open)
    outlet.look(studio.names())
    outlet.close()
    outlet.close()
    outlet.look(studio.names())
    assert [synth.closed for synth in studio.opened] == [True]
    with pytest.raises(OSError, match="is closed"):
        outlet.send(ON)


def test_a_port_that_opens_while_it_is_closed_for_good_does_not_stay_open() -> None:
    studio = Studio("Moog")
    outlet: Outlet

    def open_slowly(port: str | None) -> MidiOut:
        out = studio.open(port)
        outlet.close()
        return out

    outlet = Outlet("Moog", open_slowly)
    outlet.look(studio.names())
    assert [synth.closed for synth in studio.opened] == [True]


def test_a_port_that_does_not_take_its_programs_is_closed_and_tried_again() -> None:
    studio = Studio("Moog")
    sick = [True]

    def open_sick(port: str | None) -> MidiOut:
        out = studio.open(port)
        assert isinstance(out, Synth)
        out.plugged_in = not sick[0]
        return out

    ports = Ports(
        [Route(None, 0), Route("Moog", 2, 33)], lambda p: studio.open(p) if p is None else open_sick(p), studio.names
    )
    assert ports.notices() == ["the cable is pulled"]
    assert studio.opened_as("Moog")[0].closed
    sick[0] = False
    ports.look()
    assert ports.notices() == []


def test_the_band_plays_on_the_other_ports_and_a_held_note_ends_when_its_port_is_back() -> None:
    studio = Studio("Moog", "Korg")
    ports = open_ports(studio, Route("Moog", 0), Route("Korg", 0))
    moog, korg = studio.opened
    time = [0.0]
    with Player(ports.outs, now=lambda: time[0], real_time=False) as player:
        player.play([TimedNote(0.0, 1.0, 0, 60, 100, 0), TimedNote(0.0, 1.0, 0, 60, 100, 1)])
        korg.wait_until(lambda synth: len(synth.messages) == 1)
        studio.ports.remove("Moog")
        ports.look()
        time[0] = 1.0
        player.send([])
        korg.wait_until(lambda synth: len(synth.messages) == 2)
        studio.ports.append("Moog")
        ports.look()
        player.play([TimedNote(1.0, 2.0, 0, 64, 100, 0)])
        studio.opened[-1].wait_until(lambda synth: len(synth.messages) == 2)
    assert moog.events == [("note_on", 0, 60)]
    assert studio.opened[-1].events == [("note_off", 0, 60), ("note_on", 0, 64), ("note_off", 0, 64)]
    assert korg.events == [("note_on", 0, 60), ("note_off", 0, 60)]


def test_the_thread_looks_by_itself_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.midi.outlets._LOOK_SECONDS", 0.001)
    studio = Studio("Korg")
    ports = open_ports(studio, Route(None, 0), Route("Moog", 2))
    ports.start()
    studio.ports.append("Moog")
    for _ in range(10_000):
        if ports.outs[1].is_open:
            break
        ports._thread.join(0.001)
    assert ports.outs[1].is_open
    ports.close()
    assert not ports._thread.is_alive()
