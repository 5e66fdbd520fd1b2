"""The shipped device, whole, over real UDP at a real bridge: a musician's session."""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.clock import now
from bridge.doors.client import BridgeClient, bar_notes
from bridge.protocol.osc_packet import OscMessage
from tests.max_for_live.node import needs_node
from tests.max_for_live.studio import Json, Studio, bridge_at, free_port, studio

pytestmark = needs_node

TEMPO = 960  # sixteen beats are a second
# How late a note may be, at 240 beats a minute, for this computer's timers and its stalls: the device adds nothing.
SLACK_BEATS, STALL_BEATS = 0.2, 8.0
BACK_SECONDS = 3.0


@pytest.fixture
def port(tiny_model: Path, tmp_path: Path) -> Iterator[int]:
    """Of a bridge that runs."""
    chosen = free_port()
    with bridge_at(chosen, tiny_model, tmp_path / "library.sqlite"):
        yield chosen


@pytest.fixture
def witness(port: int) -> Iterator[BridgeClient]:
    """Another client, which hears every bar that the devices hear."""
    with BridgeClient(("127.0.0.1", port)) as client:
        client.request("/mai/hello", "witness", client.port)
        client.request("/mai/set", "threshold", 0.6)
        yield client


def ons(midi: Iterable[Json]) -> Counter[int]:
    return Counter(event["pitch"] for event in midi if event["velocity"] > 0)


def offs(midi: Iterable[Json]) -> Counter[int]:
    return Counter(event["pitch"] for event in midi if event["velocity"] == 0)


def written(bars: Iterable[OscMessage], track: int) -> Counter[int]:
    notes = (note for bar in bars if bar_notes(bar)[1] == track for note in bar_notes(bar)[2])
    return Counter(note.pitch for note in notes)


def bars_heard(witness: BridgeClient, seconds: float = 0.4) -> list[OscMessage]:
    return [message for message in witness.receive(seconds) if message.address == "/mai/bar"]


def generated(live: Studio, device: int = 0, leader: int = 0) -> Json:
    """Press Generate, and wait until it is said that it is done. The request leaves by the leader's socket."""
    before = live.look(leader)["sent"].get("/mai/generate", 0)
    live("use", device, "Generate")
    live.wait(lambda seen: seen["sent"].get("/mai/generate", 0) > before, leader)
    return live.wait(lambda seen: seen["texts"]["status"] == "A new phrase for the whole band", device)


def test_a_phrase_is_played_at_once_while_live_stands(port: int, witness: BridgeClient) -> None:
    with studio(port) as live:
        live.connected()
        live("change", "tempo", TEMPO)
        generated(live)
        bars = bars_heard(witness)
        drums = written(bars, track=0)
        midi = live.wait(lambda seen: offs(seen["midi"]) == drums)["midi"]
    # The witness did not ask: it hears the device's phrase under the id -1.
    assert {message.arguments[0] for message in bars} == {-1}
    assert drums.total() > 0
    assert ons(midi) == drums


def test_a_stream_is_played_in_time_with_the_transport(port: int, witness: BridgeClient) -> None:
    with studio(port, devices=2) as live:
        live("use", 1, "Track", 1)
        live.connected(0)
        live.connected(1)
        live("change", "tempo", 240)
        witness.request("/mai/set", "lookahead", 8.0)  # so that no stall of this computer makes a bar late
        live.wait(lambda seen: seen["sent"].get("/mai/stream/start"))
        live("play")
        streamed = bars_heard(witness, 5.0)  # five bars
        seen = [live.wait(lambda seen: seen["midi"][-1]["at"] > seen["playedAt"] + 4800, device) for device in range(2)]
    for track, one in enumerate(seen):
        # The first bar is asked for by the start itself: on a busy computer some of it is past when it comes.
        due = [(beat, pitch) for beat, pitch in _beats(streamed, track) if 2 <= beat < 16]
        played = sorted(
            (event["pitch"], (event["at"] - one["playedAt"]) * 240 / 60000)
            for event in one["midi"]
            if event["velocity"] > 0
        )
        assert len(due) > 10
        late = [
            min((beat - due_at for pitch, beat in played if pitch == of and beat > due_at - 0.02), default=math.inf)
            for due_at, of in due
        ]
        assert statistics.median(late) < SLACK_BEATS, f"track {track}"
        assert max(late) < STALL_BEATS, f"track {track}"
        assert Counter(pitch for pitch, beat in played if 3 <= beat < 14) <= Counter(pitch for beat, pitch in due), (
            f"track {track}"
        )


def _beats(bars: Iterable[OscMessage], track: int) -> list[tuple[float, int]]:
    """Song beat and pitch of every note of the streamed bars; of a bar that came twice, the later."""
    by_start: dict[float, list[tuple[float, int]]] = {}
    for message in bars:
        _, of_track, notes = bar_notes(message)
        start, part = float(message.arguments[5]), message.arguments[3]
        if of_track == track and start >= 0:
            kept = by_start.get(start, []) if part else []
            by_start[start] = [*kept, *((start + note.start, note.pitch) for note in notes)]
    return sorted(note for notes in by_start.values() for note in notes)


def test_stopping_live_ends_the_notes_and_starting_it_goes_on(port: int, witness: BridgeClient) -> None:
    with studio(port) as live:
        live.connected()
        live("change", "tempo", 240)
        generated(live)
        live("play")
        live.wait(lambda seen: ons(seen["midi"]).total() > 20)
        live("stop")
        stopped = live.wait(lambda seen: ons(seen["midi"]) == offs(seen["midi"]))["midi"]
        bars_heard(witness, 0.5)
        assert len(live.look()["midi"]) == len(stopped)
        live("play")
        live.wait(lambda seen: len(seen["midi"]) > len(stopped) + 20)


def test_a_killed_bridge_is_found_again_within_three_seconds(tiny_model: Path, tmp_path: Path) -> None:
    port, library = free_port(), tmp_path / "library.sqlite"
    with studio(port) as live:
        live.wait(lambda seen: seen["texts"]["lamp_word"] == "No bridge")
        assert live.look()["texts"]["status"] == "No bridge. Open a terminal and start: maisynth serve"
        with bridge_at(port, tiny_model, library) as process:
            live.connected(seconds=BACK_SECONDS)
            process.kill()
            live.wait(lambda seen: seen["texts"]["lamp_word"] == "No bridge")
        with bridge_at(port, tiny_model, library) as process:
            live.connected(seconds=BACK_SECONDS)
            subscribed, streams = (live.look()["sent"][f"/mai/{what}"] for what in ("subscribe", "stream/start"))
            assert subscribed == 2
            process.kill()
            process.wait()
            begin = now()
            with bridge_at(port, tiny_model, library):  # so quickly that the lamp may not have seen it
                begin = max(begin, now())
                live.wait(lambda seen: seen["sent"]["/mai/subscribe"] > subscribed, seconds=BACK_SECONDS)
                live.wait(lambda seen: seen["sent"]["/mai/stream/start"] > streams, seconds=BACK_SECONDS)
                assert now() - begin < BACK_SECONDS
                generated(live)


def clients_of(witness: BridgeClient) -> list[Json]:
    (answer,) = witness.request("/mai/status")
    told: list[Json] = json.loads(str(answer.arguments[1]))["clients"]
    return [client for client in told if client["name"] != "witness"]


def test_fifty_devices_are_one_client_and_one_press_plays_on_all(port: int, witness: BridgeClient) -> None:
    with studio(port, devices=50) as live:
        for device in range(50):
            live("use", device, "Track", device % 5)
        for device in range(50):
            live.connected(device)
        live("change", "tempo", TEMPO)
        bars_heard(witness)
        live("forget")
        generated(live, device=7)
        bars = bars_heard(witness)
        due = [written(bars, track) for track in range(5)]
        assert sum(due, Counter()).total() > 0
        seen = [_played_out(live, device, due[device % 5]) for device in range(50)]
        assert live("faces") == ["Connected"] * 50
        (client,) = clients_of(witness)
        assert client["tracks"] == [0, 1, 2, 3, 4]
    for device, one in enumerate(seen):
        assert ons(one["midi"]) == due[device % 5], f"device {device}"
    assert [one["opened"] for one in seen] == [1] + [0] * 49
    assert [bool(one["sent"]) for one in seen] == [True] + [False] * 49
    assert seen[0]["sent"]["/mai/stream/start"] == 1


@pytest.mark.parametrize("how", ["heard", "silenced", "at once"])
def test_when_the_leader_is_deleted_another_holds_the_socket_within_three_seconds(
    port: int, witness: BridgeClient, how: str
) -> None:
    with studio(port, devices=3) as live:
        for device in (1, 2):
            live("use", device, "Track", device)
        live.connected(2)
        live("play")
        live.wait(lambda seen: seen["midi"], 2)
        begin = now()
        live("remove", 0, how)
        live.wait(lambda _: any(live.look(device)["sent"].get("/mai/subscribe") for device in (1, 2)), 1, BACK_SECONDS)
        assert now() - begin < BACK_SECONDS
        leader = 1 if live.look(1)["opened"] else 2
        assert [live.look(device)["opened"] for device in (1, 2)] == [int(leader == 1), int(leader == 2)]
        sets = [client for client in clients_of(witness) if client["tracks"] == [1, 2]]
        assert len(sets) == 1
        live("forget")
        for device in (1, 2):
            live.wait(lambda seen: ons(seen["midi"]).total() > 5, device)  # the stream goes on, its notes in time
        generated(live, device=3 - leader, leader=leader)


def test_where_max_carries_nothing_from_device_to_device_each_has_a_socket(port: int, witness: BridgeClient) -> None:
    with studio(port) as live:
        live.connected()
        live("cut")
        live("add", 1)
        live("use", 1, "Track", 1)
        live.connected(1)
        assert sorted(str(client["tracks"]) for client in clients_of(witness)) == ["[0]", "[1]"]
        generated(live, device=1, leader=1)


def test_a_slot_that_is_saved_on_one_device_is_played_by_another(port: int, witness: BridgeClient) -> None:
    with studio(port, devices=2) as live:
        live.connected(1)
        generated(live)
        first = written(bars_heard(witness), track=0)
        saved(live, 2, device=1)
        live.wait(lambda seen: seen["texts"]["slot_2"] == "Slot 2")
        generated(live)
        assert recalled(live, witness, 2) == first
        kept = [live.look(device)["set"]["Latents"] for device in range(2)]
        assert kept[0] == kept[1]


def _played_out(live: Studio, device: int, due: Counter[int]) -> Json:
    return live.wait(lambda seen: offs(seen["midi"]) == due, device)


def saved(live: Studio, slot: int, device: int = 0) -> Json:
    live("use", device, "Save", 1)
    live("use", device, f"Slot {slot}")
    return live.wait(lambda seen: seen["texts"]["status"].startswith("Saved as"), device)


def recalled(live: Studio, witness: BridgeClient, slot: int) -> Counter[int]:
    bars_heard(witness, 0.2)
    live("use", 0, f"Slot {slot}")
    live.wait(lambda seen: seen["texts"]["status"].endswith(" plays"))
    return written(bars_heard(witness, 0.4), track=0)


def test_a_saved_set_plays_its_latents_on_a_bridge_that_never_had_them(tiny_model: Path, tmp_path: Path) -> None:
    port = free_port()
    with bridge_at(port, tiny_model, tmp_path / "one.sqlite"), BridgeClient(("127.0.0.1", port)) as witness:
        witness.request("/mai/hello", "witness", witness.port)
        with studio(port) as live:
            live.connected()
            generated(live)
            first = written(bars_heard(witness), track=0)
            saved(live, 1)
            live("name", 0, "Verse")
            generated(live)
            saved(live, 6)
            kept = live.look()["set"]
    with bridge_at(port, tiny_model, tmp_path / "other.sqlite"), BridgeClient(("127.0.0.1", port)) as witness:
        witness.request("/mai/hello", "witness", witness.port)
        with studio(port, kept=kept) as live:
            seen = live.connected()
            assert seen["texts"]["slot_1"] == "Verse"
            assert recalled(live, witness, 1) == first
            live("use", 0, "Corner B", 5)
            live("use", 0, "Morph X", 25)
            live.wait(lambda seen: seen["texts"]["status"] == "Morph at 25 % across, 50 % up")


def test_a_written_clip_holds_the_notes_of_the_phrase(port: int, witness: BridgeClient) -> None:
    with studio(port) as live:
        live.connected()
        live("use", 0, "Play Mode", 1)
        generated(live)
        bars = bars_heard(witness)
        live.wait(lambda seen: "is in slot 1" in seen["texts"]["status"])
        clip: Any = live("clips", 0)[0]
    assert Counter(note["pitch"] for note in clip["notes"]) == written(bars, track=0)
    assert clip["length"] == 16
    assert clip["name"] == "Drums phrase 1"


def test_settings_go_both_ways(port: int, witness: BridgeClient) -> None:
    with studio(port) as live:
        live.connected()
        live.wait(lambda seen: abs(seen["values"]["Threshold"] - 60) < 0.01)
        live("use", 0, "Key", 10)
        live.wait(lambda seen: seen["sent"].get("/mai/set"))
        told = [message.arguments for message in witness.receive(0.5) if message.address == "/mai/changed"]
        witness.request("/mai/set", "scale", "dorian")
        live.wait(lambda seen: seen["values"]["Scale"] == 3)
    assert ("key", "A") in told
