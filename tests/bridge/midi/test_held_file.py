"""What a killed bridge left sounding is ended by the next one at the same port."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bridge.midi.held_file import HeldOut
from bridge.midi.midi_ports import note_off, note_on
from tests.fakes import RecordingMidiOut

ROOT = Path(__file__).parents[3]
NOTES = [(0, 60), (9, 36), (15, 127), (0, 0)]


def be_killed(folder: Path, more: str = "") -> None:
    """A bridge that plays the notes at the recording port, and is killed."""
    program = f"""
import os, signal
from pathlib import Path
from bridge.midi.held_file import HeldOut
from bridge.midi.midi_ports import note_off, note_on
from tests.fakes import RecordingMidiOut
out = HeldOut(RecordingMidiOut(), Path({str(folder)!r}))
for channel, pitch in {NOTES}:
    out.send(note_on(channel, pitch, 90))
{more}
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == -9


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the signals of POSIX")


def test_the_next_bridge_ends_what_a_killed_one_left_sounding(tmp_path: Path) -> None:
    be_killed(tmp_path)
    out = RecordingMidiOut()
    HeldOut(out, tmp_path)
    assert sorted((one.channel, one.note) for one in out.messages) == sorted(NOTES)
    assert {one.type for one in out.messages} == {"note_off"}


def test_a_listener_that_came_after_the_start_hears_it_before_the_first_note(tmp_path: Path) -> None:
    be_killed(tmp_path)
    out = RecordingMidiOut()
    held = HeldOut(out, tmp_path)
    out.messages.clear()
    held.send(note_on(0, 72, 90))
    assert len(out.messages) == len(NOTES) + 1
    assert out.messages[-1] == note_on(0, 72, 90)
    held.send(note_on(0, 73, 90))
    assert len(out.messages) == len(NOTES) + 2, "once"


def test_what_was_ended_long_ago_is_not_ended_again(tmp_path: Path) -> None:
    be_killed(tmp_path, "for i in range(200): out.send(note_on(3, i % 100, 90)); out.send(note_off(3, i % 100))")
    out = RecordingMidiOut()
    HeldOut(out, tmp_path)
    ended = {(one.channel, one.note) for one in out.messages}
    assert set(NOTES) <= ended
    assert len(ended) == len(NOTES) + 64, "and those whose note-offs may have been on their way"


def test_a_bridge_that_runs_is_left_alone_and_one_that_ended_well_leaves_nothing(tmp_path: Path) -> None:
    first, out = HeldOut(RecordingMidiOut(), tmp_path), RecordingMidiOut()
    first.send(note_on(0, 60, 90))
    HeldOut(out, tmp_path).close()
    assert out.messages == []
    first.send(note_off(0, 60))
    first.close()
    assert list(tmp_path.iterdir()) == []


def test_after_a_second_start_nothing_is_left(tmp_path: Path) -> None:
    be_killed(tmp_path)
    HeldOut(RecordingMidiOut(), tmp_path).close()
    out = RecordingMidiOut()
    HeldOut(out, tmp_path)
    assert out.messages == []


def test_without_a_folder_the_port_plays_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    out = RecordingMidiOut()
    held = HeldOut(out, tmp_path / "file" / "folder")
    held.send(note_on(0, 60, 90))
    held.close()
    assert out.messages == [note_on(0, 60, 90)]
