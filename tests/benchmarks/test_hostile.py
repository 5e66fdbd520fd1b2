"""Hostile datagrams: they are hostile, a bridge plays on under 20,000 of them, and every fault is told."""

from __future__ import annotations

import math
import socket
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from benchmarks import hostile
from benchmarks.hostile_datagrams import CROWD, CROWD_EVERY, STEERING, hostile_datagrams
from benchmarks.hostile_evening import HostileEvening, Pings, Sample, held_notes, ons_and_offs
from benchmarks.hostile_flood import Sent, flood, waiting
from benchmarks.hostile_stage import hostile_evening
from benchmarks.jack_loop import NoJack
from benchmarks.midi_log import LoggedMessage
from benchmarks.soak_jack import waiting_jack_server
from bridge.pianoroll import Note
from bridge.protocol.osc_packet import MAX_DATAGRAM_BYTES, MAX_MESSAGES
from bridge.protocol.requests import REQUESTS, RequestRefused, read_request
from tests.peers.jack_ear import SHARE_LOST_BY_JACK, STALLED_TOO_LONG
from tests.peers.streamed_bars import StreamedBar

A_FEW = 50_000  # half of them are more than two crowds, whose letters take memory the first time
COUNTERS = {"malformed": 60, "rejected": 30, "refused_for_room": 5, "late": 0}


def test_the_datagrams_are_the_same_from_the_same_seed() -> None:
    first, again, other = ([one for one, _ in islice(hostile_datagrams(seed), 300)] for seed in (1, 1, 2))
    assert first == again != other


def test_they_are_of_every_kind_that_hurts_and_none_is_what_a_musician_could_have_sent() -> None:
    refused: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    malformed = long = crowds = nested = emoji = names_of_files = 0
    for datagram, messages in islice(hostile_datagrams(0), CROWD_EVERY + CROWD):
        long += len(datagram) > MAX_DATAGRAM_BYTES
        emoji += "\N{PILE OF POO}".encode() in datagram
        nested += datagram.count(b"#bundle\0") > 4
        names_of_files += b"../../etc/passwd" in datagram
        if messages is None:
            malformed += 1
            continue
        crowds += len(messages) == MAX_MESSAGES
        for message in messages:
            try:
                read_request(message)
                asked[message.address] += 1
            except RequestRefused as refusal:
                refused[refusal.code] += 1
            if any(isinstance(one, float) and not math.isfinite(one) for one in message.arguments):
                refused["not finite"] += 1
    assert malformed > CROWD_EVERY / 2
    assert min(long, emoji, nested, names_of_files) > 0
    assert crowds >= CROWD
    assert set(refused) >= {"unknown_address", "bad_arguments", "out_of_range", "not finite"}
    assert not {address for address, count in asked.items() if address in STEERING and count > 20}
    assert set(asked) >= {"/mai/ping", "/mai/hello", "/mai/clip", "/mai/latent/put", "/mai/latent/save", "/mai/status"}
    assert set(REQUESTS) > STEERING


def test_the_flood_arrives_whole_and_is_counted() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        ear.bind(("127.0.0.1", 0))
        port = ear.getsockname()[1]
        *_, sent = flood(port, 60, seed=3)
        at_port = waiting(port)
        ear.setblocking(False)
        came = [ear.recvfrom(65535) for _ in range(60)]
        with pytest.raises(BlockingIOError):
            ear.recvfrom(1)
    assert [datagram for datagram, _ in came] == [datagram for datagram, _ in islice(hostile_datagrams(3), 60)]
    assert len({source for _, source in came}) == 8
    assert sent.datagrams == 60
    assert 0 < sent.malformed < 60
    assert at_port is None or (at_port.waiting > 0 and at_port.lost == 0)


def test_nobody_listens_at_a_port_that_is_closed() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert waiting(port) is None


def test_a_bridge_plays_on_under_hostile_datagrams(tiny_model: Path) -> None:
    evening = hostile_evening(tiny_model, A_FEW, seed=1, midi_api="none")
    late_for_good_reason = evening.stalled > STALLED_TOO_LONG
    assert [fault for fault in evening.faults() if not (late_for_good_reason and "came late" in fault)] == []
    assert evening.sent.datagrams == A_FEW
    assert evening.status["counters"]["malformed"] > A_FEW / 2
    assert evening.status["counters"]["rejected"] > 1000
    assert len(evening.bars) >= 4
    assert {bar.bar for bar in evening.bars} == {0, 1, 2, 3}
    assert evening.pings.asked > evening.pings.busy
    told = "\n".join(hostile.report(evening))
    assert f"malformed: {evening.sent.malformed:,} sent, {evening.status['counters']['malformed']:,} counted" in told


def evening_at_a_port(tiny_model: Path) -> HostileEvening:
    try:
        with waiting_jack_server():
            return hostile_evening(tiny_model, 2000, seed=2, midi_api="jack")
    except NoJack as reason:
        pytest.skip(f"no JACK test: {reason}")


def test_every_note_that_begins_ends_at_the_port(tiny_model: Path) -> None:
    """JACK that is kept waiting too long loses messages all the same: one of three evenings must do."""
    counts = []
    for _ in range(3):
        evening = evening_at_a_port(tiny_model)
        midi = evening.status["midi"]
        assert midi["notes_on"] == midi["notes_off"]
        assert evening.heard is not None
        ons, offs = ons_and_offs(evening.heard)
        counts.append((ons, offs))
        if ons > 20 and abs(ons - offs) <= SHARE_LOST_BY_JACK * ons:
            return
    pytest.fail(f"notes on and off at the port, in three evenings: {counts}")


def bar(start: float, number: int = 0, ahead: float = 0.2, pitch: int = 60) -> StreamedBar:
    return StreamedBar(start, number, ((Note(pitch, 90, 0.0, 1.0),),), at=start, ahead=ahead, forgiven=False)


def good_evening() -> HostileEvening:
    return HostileEvening(
        sent=Sent(100, malformed=60, messages=50, unfit=35),
        seconds=1.0,
        lost=0,
        samples=[Sample(0, 90.0, 9, 20), Sample(50, 100.0, 9, 20), Sample(100, 101.0, 9, 20)],
        pings=Pings(10, 1, 0, 0.1),
        status={"counters": COUNTERS, "midi": None},
        bars=[bar(8.0, 0), bar(12.0, 1, pitch=62), bar(16.0, 0), bar(20.0, 1, pitch=62)],
        torn=[],
        bar_beats=4.0,
        heard=[LoggedMessage(1.0, (0x90, 60, 90)), LoggedMessage(2.0, (0x90, 60, 0))],
        failures=[],
        exit_status=0,
    )


def test_an_evening_without_faults_has_none() -> None:
    assert list(good_evening().faults()) == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"lost": 3}, "3 datagrams found no room"),
        ({"sent": Sent(100, 61, 50, 35)}, "61 malformed datagrams were sent, the bridge counted 60"),
        ({"sent": Sent(100, 60, 50, 36)}, "36 messages were no requests"),
        ({"bars": []}, "of 0 bars"),
        ({"bars": [bar(8.0), bar(16.0)]}, "of 3 bars 1 were missed"),
        ({"bars": [bar(8.0), bar(12.0, ahead=-0.1)]}, "1 bars came late"),
        ({"bars": [bar(8.0), bar(12.0), bar(16.0, pitch=61)]}, "1 altered"),
        ({"torn": ["half a bar"]}, "1 torn"),
        ({"status": {"counters": {**COUNTERS, "late": 2}, "midi": None}}, "0 bars came late, the bridge counted 2"),
        ({"samples": [Sample(0, 1.0, 9, 20), Sample(50, 100.0, 9, 20), Sample(100, 109.0, 9, 20)]}, "grew by 9.0 MiB"),
        ({"samples": [Sample(0, 100.0, 9, 20), Sample(100, 100.0, 19, 25)]}, "10 threads and 5 open files came"),
        ({"pings": Pings(10, 0, 2, 5.0)}, "2 pings were not answered"),
        ({"heard": [LoggedMessage(1.0, (0x99, 36, 90))]}, "1 notes did not end"),
        ({"failures": ["a traceback"]}, "1 internal errors, the first: a traceback"),
        ({"exit_status": -9}, "status -9"),
    ],
)
def test_a_fault_is_told_in_words(wrong: dict[str, object], says: str) -> None:
    (fault,) = replace(good_evening(), **wrong).faults()  # type: ignore[arg-type]
    assert says in fault


def test_a_phrase_is_not_compared_with_its_first_time_through() -> None:
    first, *again = (bar(4.0 * number, number % 2) for number in range(6))
    assert list(replace(good_evening(), bars=[replace(first, notes=()), *again]).faults()) == []


def test_notes_are_held_by_channel_and_pitch() -> None:
    heard = [LoggedMessage(0.0, message) for message in [(0x90, 60, 9), (0x91, 60, 9), (0x81, 60, 0), (0xB0, 123, 0)]]
    assert ons_and_offs(heard) == (2, 1)
    assert held_notes(heard) == 1
