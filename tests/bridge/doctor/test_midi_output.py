from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bridge.doctor.finding import Finding, Level
from bridge.doctor.midi_output import PORT_NAME, midi_output
from bridge.midi.midi_ports import MidiOut, NoMidi
from tests.fakes import RecordingMidiOut


class FakeMidi:
    """A machine's MIDI system, with these outputs; `answers = False`: none of its services runs."""

    def __init__(self, *outputs: str) -> None:
        self.outputs, self.answers = outputs, True
        self.opened: list[RecordingMidiOut] = []

    def list(self, api: str) -> list[str]:
        if not self.answers:
            raise NoMidi(f"cannot list the MIDI ports of {api}: alsa does not answer; load the ALSA sequencer")
        return list(self.outputs)

    def open(self, api: str, port: str | None, virtual_name: str) -> MidiOut:
        matches = [virtual_name] if port is None else [name for name in self.outputs if port in name]
        if not matches:
            raise NoMidi(f"cannot open a MIDI port with {port!r} in its name through {api}: it has no ports")
        out = RecordingMidiOut()
        out.name = matches[0]
        self.opened.append(out)
        return out

    def examine(self, api: str = "auto", port: str | None = None, sequencer: Path = Path("nowhere")) -> Finding:
        return midi_output(api, port, self.open, self.list, sequencer)


def test_a_port_of_our_own_is_opened_and_closed_again() -> None:
    midi = FakeMidi("Synth A", "Synth B")
    found = midi.examine()
    assert (found.level, found.remedy) == (Level.OK, "")
    assert found.found == "a port of our own can be opened; other outputs: 'Synth A', 'Synth B'"
    (out,) = midi.opened
    assert out.closed
    assert not out.messages
    assert out.name == PORT_NAME


def test_a_port_that_was_asked_for_is_opened_by_its_name() -> None:
    midi = FakeMidi("Synth A", "Synth B")
    assert midi.examine(port="B").found.startswith("'Synth B' can be opened")
    assert midi.opened[0].closed


def test_no_midi_system_is_a_warning_because_osc_works_without() -> None:
    midi = FakeMidi()
    midi.answers = False
    found = midi.examine()
    assert (found.level, found.remedy) == (Level.WARN, "OSC works without MIDI")
    assert "alsa does not answer" in found.found


@pytest.mark.parametrize(("api", "port"), [("alsa", None), ("auto", "Synth")])
def test_what_was_asked_for_by_name_and_is_not_there_is_bad(api: str, port: str | None) -> None:
    midi = FakeMidi()
    midi.answers = port is not None
    found = midi.examine(api, port)
    assert found.level is Level.BAD
    assert "leave out --midi-api and --midi-port" in found.remedy


def test_midi_that_is_switched_off_is_not_looked_at() -> None:
    midi = FakeMidi()
    midi.answers = False
    assert midi.examine("none").level is Level.OK


def test_a_sequencer_that_this_user_may_not_open_is_told_from_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    midi = FakeMidi()
    midi.answers = False
    sequencer = tmp_path / "seq"
    sequencer.touch()
    assert midi.examine(sequencer=sequencer).remedy == "OSC works without MIDI"
    # The answer of a system where this test does not run as root.
    monkeypatch.setattr(os, "access", lambda path, _mode: path != sequencer)
    remedy = midi.examine(sequencer=sequencer).remedy
    assert remedy.startswith(f"this user may not open {sequencer}: add it to the group")


@pytest.mark.skipif(sys.platform != "linux", reason="JACK's environment variable is known on Linux")
def test_a_real_jack_server_is_found_and_a_missing_one_explained(
    jack_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", jack_server)
    assert midi_output("jack", None).level is Level.OK
    monkeypatch.setenv("JACK_DEFAULT_SERVER", f"{jack_server}-absent")
    found = midi_output("jack", None)
    assert found.level is Level.BAD
    assert "start a JACK server" in found.found
