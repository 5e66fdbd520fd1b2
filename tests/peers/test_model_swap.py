"""JACK as the listener while the band plays under load, and another model takes its place: not a note is left hanging.

A JACK server without real-time priority drops periods when the machine is busy: the best of up to three counts.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from bridge.contract import ModelContract
from bridge.doors.client import BridgeClient
from tests.peers.bridge_process import serve
from tests.peers.jack_ear import (
    SHARE_LOST_BY_JACK,
    STALLED_TOO_LONG,
    Event,
    Key,
    ear,
    held,
    needs_jack_tools,
)
from tests.peers.morphing import Morpher, save_both_ends
from tests.peers.stall_log import StallLog
from tests.peers.streamed_bars import Notes, StreamedBar, StreamListener, places
from tests.tiny_model import write_tiny_model

pytestmark = needs_jack_tools

TEMPO = 300.0  # quarter notes a minute
BAR_BEATS, BAR_FRAMES = 4.0, 38_400
LAST_FRAMES = 4800  # a tenth of a second: more than the tiny model's longest notes last at this tempo
LOCKED = 1  # the piano
SILENT_SECONDS = 0.8  # after the stop
OTHER = "other"  # the second model's name


@dataclass(frozen=True)
class Swap:
    """What was announced and what JACK heard of a stream in which another model took over."""

    heard: list[Event]
    after_stop: list[Event]  # of them
    announced: list[StreamedBar]  # as they came to sound
    sent: tuple[int, int]  # note-ons and note-offs that the bridge itself says it has sent
    swapped_frame: int  # of the last event before /mai/done
    swapped_beat: float  # start of the last bar announced by then
    torn: list[str]
    stalled: float  # seconds for which the machine stood still

    @property
    def ons(self) -> list[Event]:
        return [event for event in self.heard if event.kind == "on"]

    @property
    def held_at_the_end(self) -> list[Event]:
        """The note-ons around the stop that nothing ended; where an earlier one's end is missing, JACK lost it."""
        return [event for event in held(self.heard) if event.frame >= self.heard[-1].frame - LAST_FRAMES]

    def ons_between(self, first_bar: float, last_bar: float) -> int:
        """How many notes began between two times around the swap, in bars."""
        frames = [self.swapped_frame + BAR_FRAMES * bars for bars in (first_bar, last_bar)]
        return sum(frames[0] < event.frame <= frames[1] for event in self.ons)

    def damage(self, band: ModelContract) -> int:
        """Notes announced and not heard, heard and not announced, begun and not ended, ended and not begun.

        The last bars may have been cut by the stop.
        """
        ons = Counter(event.key for event in self.ons)
        whole = sum((keys(bar.notes, band) for bar in self.announced[:-2]), Counter[Key]())
        cut = sum((keys(bar.notes, band) for bar in self.announced[-2:]), Counter[Key]())
        offs = Counter(event.key for event in self.heard if event.kind == "off")
        unpaired = (ons - offs).total() + (offs - ons).total()
        return (whole - ons).total() + (ons - whole - cut).total() + unpaired + 100 * len(self.held_at_the_end)

    @property
    def misses_a_bar(self) -> bool:
        """One of the stream's bars was left out, or one played in the place of another."""
        steps = [
            (after.start - before.start, (after.bar - before.bar) % 4) for before, after in pairwise(self.announced)
        ]
        return any(step != (BAR_BEATS, 1) for step in steps)

    def is_sound(self, band: ModelContract) -> bool:
        """Nothing was lost but what JACK loses now and then."""
        return self.damage(band) <= SHARE_LOST_BY_JACK * len(self.ons) and not self.misses_a_bar


def keys(notes: Notes, band: ModelContract) -> Counter[Key]:
    """How often each pitch of each channel begins in a bar."""
    return Counter((band.tracks[track].channel, note.pitch) for track, here in enumerate(notes) for note in here)


@pytest.fixture(scope="module")
def swap(jack_server: str, tiny_model: Path, band: ModelContract, tmp_path_factory: pytest.TempPathFactory) -> Swap:
    swaps: list[Swap] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JACK_DEFAULT_SERVER", jack_server)
        for _ in range(3):
            swaps.append(record(tiny_model, band, tmp_path_factory.mktemp("swap")))
            if swaps[-1].is_sound(band):
                break
    return min(swaps, key=lambda one: one.damage(band))


def record(model: Path, band: ModelContract, folder: Path) -> Swap:
    models = folder / "MAIsynthesizer" / "models"
    models.mkdir(parents=True)
    write_tiny_model(models / f"{OTHER}.onnx", band, seed=1)
    user_data = {"XDG_DATA_HOME": str(folder)}
    with (
        StallLog() as stalls,
        serve(model, folder / "library.sqlite", midi_api="jack", environment=user_data) as bridge,
        ear(folder) as listener,
        BridgeClient(bridge.address) as client,
    ):
        listener.listen_to("MAIsynthesizer:MAIsynthesizer")
        client.request("/mai/hello", "musician", client.port)
        client.request("/mai/set", "tempo", TEMPO)
        client.request("/mai/set", "output", "osc")  # so that the phrases are not played at once
        save_both_ends(client)
        client.request("/mai/set", "output", "both")
        client.request("/mai/lock", LOCKED, 1)
        with StreamListener(bridge.address, lambda _beat: (0.0, True)) as stream, Morpher(bridge.address):
            stream.wait_until(lambda bars: bars != [] and bars[-1].bar == 2)
            client.request("/mai/model/load", OTHER)
            swapped_frame, swapped_beat = listener.heard()[-1].frame, stream.bars[-1].start
            stream.wait_until(lambda bars: bars[-1].start >= swapped_beat + 4 * BAR_BEATS)
        time.sleep(0.1)  # the monitor writes what it heard
        at_the_stop = len(listener.heard())
        listener.wait_until(lambda heard: any(event.kind == "on" for event in heard[at_the_stop:]), SILENT_SECONDS)
        heard = listener.heard()
        midi = json.loads(str(client.request("/mai/status")[-1].arguments[1]))["midi"]
        return Swap(
            heard,
            heard[at_the_stop:],
            places(stream.bars),
            (midi["notes_on"], midi["notes_off"]),
            swapped_frame,
            swapped_beat,
            stream.torn,
            stalls.seconds,
        )


@pytest.fixture(autouse=True)
def conclusive(swap: Swap, band: ModelContract) -> None:
    if not swap.is_sound(band) and swap.stalled > STALLED_TOO_LONG:
        pytest.skip(f"nothing to conclude: the machine stood still for {swap.stalled:.2f} s meanwhile")


def test_what_was_announced_is_heard_and_ends_and_after_the_stop_nothing_sounds(
    swap: Swap, band: ModelContract
) -> None:
    assert swap.torn == []
    assert len(swap.ons) > 100
    assert swap.held_at_the_end == []
    assert [event for event in swap.after_stop if event.kind == "on"] == []
    assert swap.damage(band) <= SHARE_LOST_BY_JACK * len(swap.ons)
    assert swap.sent[0] == swap.sent[1]


def test_the_band_goes_on_across_the_swap(swap: Swap) -> None:
    assert swap.ons_between(-1.0, 0.0) > 0
    assert swap.ons_between(0.0, 1.0) > 0
    assert swap.ons_between(1.0, 2.0) > 0
    assert not swap.misses_a_bar


def test_the_other_model_is_heard_and_the_locked_track_is_its_too(swap: Swap) -> None:
    before = {bar.bar: bar.notes[LOCKED] for bar in swap.announced if bar.start <= swap.swapped_beat}
    after = {bar.bar: bar.notes[LOCKED] for bar in swap.announced if bar.start > swap.swapped_beat}
    common = before.keys() & after.keys()
    assert len(common) >= 3
    assert all(before[bar] != after[bar] for bar in common)
