"""An instrument that is unplugged and comes back, at the services that this machine has not: ALSA, CoreMIDI, WinMM."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import mido
import pytest

from bridge.midi.midi_ports import NoMidi, PortList, open_midi_out
from bridge.midi.notes import TimedNote
from bridge.midi.outlets import Ports
from bridge.midi.player import Player
from bridge.midi.routing import Route
from tests.bridge.midi.midi_service import HABITS, Habits, MidiService

ON = mido.Message("note_on", note=60)
ALSA, _, WINMM = HABITS


@pytest.fixture(params=HABITS, ids=lambda habits: habits.api)
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[MidiService]:
    service = MidiService(request.param, monkeypatch)
    yield service
    assert service.clients == [], "some clients were not let go"


class Band:
    """What the bridge opens of a service for its routes."""

    def __init__(self, service: MidiService, *routes: Route) -> None:
        self.api = service.habits.api
        self._list = PortList(self.api)
        self.ports = Ports(routes, lambda port: open_midi_out(self.api, port, "Band"), self._list.names)

    def send(self, message: mido.Message, port: int = 0) -> None:
        self.ports.outs[port].send(message)

    def close(self) -> None:
        for outlet in self.ports.outs:
            outlet.close()
        self._list.close()


def types(messages: list[mido.Message]) -> list[str]:
    return [message.type for message in messages]


def wait_until(true: Callable[[], bool]) -> None:
    """For what the player's thread does, or fail after a few seconds."""
    for _ in range(5000):
        if true():
            return
        threading.Event().wait(0.001)
    pytest.fail("it did not happen")


def test_an_instrument_that_was_unplugged_is_found_again_and_told_its_program(service: MidiService) -> None:
    moog = service.plug("Moog")
    band = Band(service, Route("moog", 2, 33))
    name = service.names()[0]
    band.send(ON)
    service.unplug(moog)
    band.ports.look()
    assert band.ports.notices() == [f"MIDI port {name!r} is gone: plug it in or start it, and it will be found again"]
    with pytest.raises(OSError, match="is gone"):
        band.send(ON)
    band.ports.look()
    again = service.plug("Moog")
    band.ports.look()
    assert band.ports.notices() == []
    band.send(ON)
    band.close()
    assert types(moog.heard) == types(again.heard) == ["program_change", "note_on"]


def test_the_other_instruments_play_on_while_one_comes_and_goes(service: MidiService) -> None:
    moog, korg = service.plug("Moog"), service.plug("Korg")
    band = Band(service, Route("moog", 0), Route("korg", 1))
    for _ in range(3):
        service.unplug(moog)
        band.ports.look()
        band.send(ON, 1)
        moog = service.plug("Moog")
        band.ports.look()
        band.send(ON, 0)
        assert types(moog.heard) == ["note_on"]
    band.close()
    assert types(korg.heard) == ["note_on"] * 3


def test_a_port_that_windows_counts_anew_plays_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name ends in its place in the list, which changes when an instrument before it is unplugged."""
    service = MidiService(WINMM, monkeypatch)
    korg, moog = service.plug("Korg"), service.plug("Moog")
    band = Band(service, Route("moog", 2, 33))
    assert band.ports.outs[0].name == "Moog 1"
    service.unplug(korg)
    band.ports.look()
    assert band.ports.notices() == []
    assert band.ports.outs[0].name == "Moog 0"
    band.send(ON)
    assert types(moog.heard) == ["program_change", "program_change", "note_on"]
    band.close()


def test_a_message_that_windows_refuses_is_an_error_and_the_port_is_opened_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = MidiService(WINMM, monkeypatch)
    service.unplug(service.plug("Korg"))
    moog = service.plug("Moog")
    band = Band(service, Route("moog", 2))
    service.unplug(moog)
    again = service.plug("Moog")  # so soon that no look has seen it missing
    with pytest.raises(OSError, match="MIDI port 'Moog 0' refuses messages: sendMessage"):
        band.send(ON)
    band.ports.look()
    band.send(ON)
    assert types(again.heard) == ["note_on"]
    band.close()


def test_an_instrument_that_is_pulled_while_its_port_is_opened_is_waited_for(service: MidiService) -> None:
    service.pulled_on_opening = service.plug("Moog")
    with pytest.raises(
        NoMidi, match=rf"cannot open a MIDI port with 'moog' in its name .* {service.habits.api} failed"
    ):
        open_midi_out(service.habits.api, "moog", "Band")

    korg = service.plug("Korg")
    band = Band(service, Route("moog", 0), Route("korg", 0))
    service.pulled_on_opening = service.plug("Moog")
    band.ports.look()
    assert not band.ports.outs[0].is_open
    moog = service.plug("Moog")
    band.ports.look()
    band.send(ON, 0)
    band.send(ON, 1)
    band.close()
    assert types(moog.heard) == types(korg.heard) == ["note_on"]


@pytest.mark.parametrize("habits", [ALSA, WINMM], ids=lambda habits: habits.api)
def test_a_note_that_was_held_when_the_cable_was_pulled_ends_when_it_is_back(
    habits: Habits, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = MidiService(habits, monkeypatch)
    moog = service.plug("Moog")
    band = Band(service, Route("moog", 0))
    time = [0.0]
    with Player(band.ports.outs, now=lambda: time[0], real_time=False) as player:
        player.play([TimedNote(0.0, 1.0, 0, 60, 100, 0)])
        wait_until(lambda: player.stats().notes_on == 1)
        service.unplug(moog)
        band.ports.look()
        time[0] = 1.0
        player.send([])
        wait_until(lambda: player.stats().port_errors >= 1)
        again = service.plug("Moog")
        band.ports.look()
        player.play([TimedNote(1.0, 2.0, 0, 64, 100, 0)])
        wait_until(lambda: player.stats().notes_on == 2)
    band.close()
    assert types(moog.heard) == ["note_on"]
    heard = [(message.type, message.note) for message in again.heard]
    assert heard == [("note_off", 60), ("note_on", 64), ("note_off", 64)]
