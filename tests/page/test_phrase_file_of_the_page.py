"""The phrase as a MIDI file: clicked, or dragged out of the page."""

from __future__ import annotations

import re
from pathlib import Path

import mido
import pytest

from tests.page.chromium import Visit, needs_chromium

pytestmark = needs_chromium


def test_the_phrase_is_downloaded_as_a_midi_file(visit: Visit, tmp_path: Path) -> None:
    visit.generate()
    counts = visit.note_counts()
    with visit.page.expect_download() as coming:
        visit.press("download")
    path = tmp_path / "phrase.mid"
    coming.value.save_as(path)
    assert re.fullmatch(r"[0-9a-f]{12}\.mid", coming.value.suggested_filename)
    written = mido.MidiFile(path)
    tracks = written.tracks[1:]
    assert [track.name for track in tracks] == ["Drums", "Piano", "Guitar", "Bass", "Strings"]
    assert [sum(event.type == "note_on" for event in track) for track in tracks] == counts
    assert [sum(event.type == "note_off" for event in track) for track in tracks] == counts
    assert {event.channel for event in tracks[0] if event.type == "note_on"} <= {9}
    assert written.length == pytest.approx(8.0, abs=4.0)  # four bars at 120


def test_the_phrase_is_dragged_out_of_the_page_as_the_same_file(visit: Visit) -> None:
    visit.generate()
    kind, name, url, link = visit.page.evaluate(
        """() => { const dragged = new DataTransfer(), link = document.querySelector('#download');
            link.dispatchEvent(new DragEvent('dragstart', { dataTransfer: dragged, bubbles: true }));
            const [kind, name, ...url] = dragged.getData('DownloadURL').split(':');
            return [kind, name, url.join(':'), link.href]; }"""
    )
    assert kind == "audio/midi"
    assert re.fullmatch(r"[0-9a-f]{12}\.mid", name)
    assert url == link  # what a click would save
    assert url.startswith("blob:")
