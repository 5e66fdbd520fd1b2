"""The wire: what a port refuses is counted, and its note-off is not forgotten."""

from __future__ import annotations

import mido
import pytest

from bridge.midi.notes import NoteEvent
from bridge.midi.wire import Wire
from tests.fakes import RecordingMidiOut


def on(pitch: int, port: int = 0) -> NoteEvent:
    return NoteEvent(port, 0, pitch, 100)


def off(pitch: int, port: int = 0) -> NoteEvent:
    return NoteEvent(port, 0, pitch)


def test_messages_say_what_the_events_said() -> None:
    out = RecordingMidiOut()
    Wire([out]).send([NoteEvent(0, 3, 64, 77), NoteEvent(0, 3, 64)])
    assert out.messages == [
        mido.Message("note_on", channel=3, note=64, velocity=77),
        mido.Message("note_off", channel=3, note=64),
    ]


def test_silence_ends_everything_once() -> None:
    out = RecordingMidiOut()
    wire = Wire([out])
    wire.send([on(60), on(61), off(60)])
    wire.silence()
    wire.silence()
    assert out.events[3:] == [("note_off", 0, 61)]
    assert wire.notes_on == wire.notes_off == 2


def test_a_refused_note_on_needs_no_note_off() -> None:
    out = RecordingMidiOut()
    wire = Wire([out])
    out.plugged_in = False
    wire.send([on(60)])
    out.plugged_in = True
    wire.send([off(60)])
    assert out.messages == []
    assert (wire.notes_on, wire.refused_on, wire.errors) == (0, 1, 1)


def test_a_refused_note_off_goes_out_first_when_the_port_is_back() -> None:
    out = RecordingMidiOut()
    wire = Wire([out])
    wire.send([on(60), on(62)])
    out.plugged_in = False
    wire.send([off(60), off(62), on(64)])
    out.plugged_in = True
    wire.send([on(60)])
    assert out.events[2:] == [("note_off", 0, 60), ("note_off", 0, 62), ("note_on", 0, 60)]
    assert (wire.notes_on, wire.notes_off) == (3, 2)


def test_a_refused_note_off_is_tried_once_more_at_the_end() -> None:
    out = RecordingMidiOut()
    wire = Wire([out])
    wire.send([on(60)])
    out.plugged_in = False
    wire.send([off(60)])
    out.plugged_in = True
    wire.close()
    assert out.events == [("note_on", 0, 60), ("note_off", 0, 60)]
    assert out.closed


def test_a_dead_port_does_not_keep_the_others_from_silence_and_closing() -> None:
    class Broken(RecordingMidiOut):
        def close(self) -> None:
            super().close()
            raise OSError("the driver is upset")

    broken, good = Broken(), RecordingMidiOut()
    wire = Wire([broken, good])
    wire.send([on(60, port=0), on(60, port=1)])
    broken.plugged_in = False
    wire.close()
    assert good.events == [("note_on", 0, 60), ("note_off", 0, 60)]
    assert (broken.closed, good.closed) == (True, True)
    assert wire.last_error == "the driver is upset"


@pytest.mark.parametrize("error", [ValueError("event parsing error"), RuntimeError("odd"), AttributeError("None")])
def test_whatever_a_port_raises_is_counted_and_no_note_off_is_lost(error: Exception) -> None:
    class Odd(RecordingMidiOut):
        def send(self, message: mido.Message) -> None:
            if not self.plugged_in:
                raise error
            super().send(message)

    out = Odd()
    wire = Wire([out])
    wire.send([on(60)])
    out.plugged_in = False
    wire.send([off(60)])
    out.plugged_in = True
    wire.silence()
    assert out.events == [("note_on", 0, 60), ("note_off", 0, 60)]
    assert (wire.errors, wire.last_error) == (1, str(error))
