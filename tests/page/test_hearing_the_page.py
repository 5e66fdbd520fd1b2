"""The page without a DAW: the built-in sounds, on the audio clock, and a MIDI output of the browser."""

from __future__ import annotations

from tests.page.chromium import Visit, needs_chromium
from tests.page.conftest import Visits
from tests.page.served import ServedBridge

pytestmark = needs_chromium

# Writes down when each sound is to begin, and when that was said.
EAR = """
window.heard = [];
for (const Source of [OscillatorNode, AudioBufferSourceNode]) {
    const start = Source.prototype.start;
    Source.prototype.start = function (when) {
        window.heard.push({ when, now: this.context.currentTime, running: this.context.state === 'running' });
        return start.call(this, when);
    };
}
"""
# A MIDI output that writes down what it is sent.
MIDI_OUTPUT = """
window.midi = [];
const output = { id: 'one', name: 'Synth', send: (bytes, time) => window.midi.push({ bytes: [...bytes], time }) };
navigator.requestMIDIAccess = async () => ({ outputs: new Map([['one', output]]) });
"""


def test_a_phrase_is_heard_when_it_is_asked_for_and_a_stream_ahead_of_its_time(
    bridge: ServedBridge, visits: Visits
) -> None:
    visit = visits(bridge.url, script=EAR)
    visit.wait("document.querySelector('#listen').ariaPressed === 'true'")  # no DAW is there
    visit.generate()
    visit.wait("window.heard.length > 5")
    visit.press("play")
    visit.wait("document.querySelector('#play-word').textContent === 'Stop'")
    visit.page.evaluate("window.heard.length = 0")
    visit.wait("window.heard.length > 40")
    told = visit.page.evaluate("window.heard")
    ahead = sorted(one["when"] - one["now"] for one in told)
    assert all(one["running"] for one in told)
    assert ahead[len(ahead) // 2] > 0.02  # this computer may stall now and then
    assert ahead[-1] < 0.4
    visit.press("listen")
    visit.page.wait_for_timeout(200)
    visit.page.evaluate("window.heard.length = 0")
    visit.page.wait_for_timeout(700)
    assert visit.page.evaluate("window.heard") == []
    visit.press("play")


def test_a_muted_track_is_silent_here_and_beside_a_daw_the_page_is(bridge: ServedBridge, visits: Visits) -> None:
    with bridge.http.web_socket() as daw:
        daw.send('["/mai/hello", 1, "Live", 0]')
        daw.recv(timeout=5)
        visit = visits(bridge.url, script=EAR)
        visit.wait("Number(document.querySelector('#clients').textContent) > 1")
        assert visit.page.get_attribute("#listen", "aria-pressed") == "false"
    visit.press("listen")
    for number in range(5):
        visit.page.click(f".track:nth-child({number + 1}) [aria-label^=Mute]")
    visit.wait("document.querySelectorAll('.track.muted').length === 5")
    visit.generate()
    visit.page.wait_for_timeout(700)
    assert visit.page.evaluate("window.heard") == []
    for number in range(5):
        bridge.ask("/mai/set", f"mute/{number}", 0)
    visit.wait("document.querySelectorAll('.track.muted').length === 0")


def with_midi(visit: Visit) -> Visit:
    visit.page.focus("#midi")
    visit.wait("document.querySelectorAll('#midi option').length === 2")
    visit.page.select_option("#midi", "one")
    return visit


def test_a_midi_output_gets_every_note_and_its_end(bridge: ServedBridge, visits: Visits) -> None:
    visit = with_midi(visits(bridge.url, script=MIDI_OUTPUT))
    visit.generate()
    visit.press("play")
    visit.wait("window.midi.length > 40")
    visit.press("play")
    visit.wait("document.querySelector('#play-word').textContent === 'Play'")
    visit.page.wait_for_timeout(300)
    sent = visit.page.evaluate("window.midi")
    ons = sorted(tuple(one["bytes"][:2]) for one in sent if one["bytes"][0] & 0xF0 == 0x90)
    offs = sorted((one["bytes"][0] | 0x10, one["bytes"][1]) for one in sent if one["bytes"][0] & 0xF0 == 0x80)
    assert len(ons) > 15
    left = [*offs]
    for note in ons:
        left.remove(note)
    assert set(left) <= set(ons)  # those that the stop ended once more, at once
    assert {status & 15 for status, _ in ons} <= {9, 0, 1, 2, 3}
