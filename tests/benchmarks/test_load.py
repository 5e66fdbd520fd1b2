"""A crowd at a bridge for some seconds, and that the harness tells a good bridge from a bad one."""

from __future__ import annotations

import itertools
import socket
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import load
from benchmarks.load_crowd import Crowd
from benchmarks.load_figures import Load, LoadLook, Share, report
from benchmarks.load_mix import ADDRESSES, requests
from benchmarks.udp_sockets import udp_sockets
from bridge.protocol.osc_packet import OscMessage, build_message, parse_datagram
from bridge.protocol.requests import RequestRefused, read_request


def a_share(done: int = 100, busy: int = 0, unanswered: int = 0) -> Share:
    return Share(done + busy + unanswered, done, Counter(busy=busy) if busy else Counter(), unanswered)


def a_load(*shares: Share, lost: int | None = 0) -> Load:
    looks = [LoadLook(float(second), 100.0, 8, 18, 0) for second in range(100)]
    return Load(100.0, shares or [a_share()] * 5, {"/mai/ping": [0.001] * 500}, 0, lost, looks, {}, 0.01, 0)


def test_everyone_is_answered_alike_for_five_seconds(tiny_model: Path) -> None:
    found = load.run_load(tiny_model, clients=50, rate=1000.0, seconds=5.0)
    assert found.sent >= 5000
    assert len(found.shares) == 50
    assert list(found.faults()) == [], "\n".join(report(found))
    assert found.unanswered == (found.lost or 0)
    assert found.told > 0, "bars and settings of others come too"
    assert set(found.latencies) >= {"/mai/ping", "/mai/get", "/mai/status"}
    assert "50 clients" in "\n".join(report(found))


def test_a_crowd_that_asks_too_much_is_told_that_the_bridge_is_busy_and_nothing_collapses(tiny_model: Path) -> None:
    found = load.run_load(tiny_model, clients=20, rate=30_000.0, seconds=1.5)
    assert found.refused["busy"] > 0
    assert list(found.faults()) == [], "\n".join(report(found))
    assert found.status["counters"]["refused_for_room"] > 0


def test_each_promise_can_be_broken() -> None:
    assert list(a_load().faults()) == []
    assert list(a_load(*[a_share(90, 10)] * 5).faults()) == [], "to be told busy is an answer"
    assert list(a_load(*[a_share(unanswered=2)] * 5, lost=10).faults()) == [], "and a datagram may be lost if counted"
    assert "without an answer" in next(a_load(*[a_share(unanswered=2)] * 5, lost=9).faults())
    assert "a client got 80" in next(a_load(*[a_share()] * 4, a_share(80)).faults())
    assert "refused otherwise" in next(a_load(Share(2, 1, Counter(internal=1), 0)).faults())
    grown = [LoadLook(float(second), 100.0 + second, 8, 18, 0) for second in range(100)]
    assert "memory grew" in next(replace(a_load(), looks=grown).faults())
    assert "a ping after it" in next(replace(a_load(), last_ping=float("inf")).faults())
    assert "status 1" in next(replace(a_load(), exit_status=1).faults())


def test_the_exit_status_says_what_was_not_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(load, "run_load", lambda *_: a_load())
    assert load.main([]) == 0
    monkeypatch.setattr(load, "run_load", lambda *_: a_load(a_share(unanswered=1)))
    assert load.main([]) == 1
    assert "NOT kept: 1 requests without an answer" in capsys.readouterr().out


def test_every_request_of_the_mix_is_one_that_the_bridge_reads() -> None:
    wanted = list(itertools.islice(requests("client 1", 3), 5000))
    assert {address for address, _ in wanted} == set(ADDRESSES)
    for address, arguments in wanted:
        assert not isinstance(read_request(OscMessage(address, (1, *arguments))), RequestRefused)
    assert wanted == list(itertools.islice(requests("client 1", 3), 5000))
    assert wanted != list(itertools.islice(requests("client 2", 3), 5000))


def test_what_nobody_answers_is_counted_unanswered_and_what_is_refused_is_an_answer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(5.0)
        with closing(Crowd(silent.getsockname(), 2, 0)) as crowd:
            first, second = crowd.clients
            for client in (first, second):
                client.ask("/mai/generate", 3)
            heard = [silent.recvfrom(4096) for _ in range(4)]
            asked = {
                (source, message.address): message for datagram, source in heard for message in parse_datagram(datagram)
            }
            source = ("127.0.0.1", first.port)
            number = asked[source, "/mai/generate"].arguments[0]
            silent.sendto(build_message("/mai/done", (99, "of another")), source)
            silent.sendto(build_message("/mai/bar", (number, 0, 0, 0, 1, -1.0)), source)
            silent.sendto(build_message("/mai/error", (number, "/mai/generate", "busy", "later")), source)
            crowd.settle(0.2)
            assert (first.sent, first.done, dict(first.refused), len(first.waiting)) == (2, 0, {"busy": 1}, 1)
            assert first.told == 1
            assert len(second.waiting) == 2


def test_a_crowd_asks_at_its_rate_whether_it_is_answered_or_not() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with closing(Crowd(silent.getsockname(), 4, 0)) as crowd:
            took = list(crowd.run(0.5, 200.0))[-1]
            assert [client.sent for client in crowd.clients] == [26] * 4  # with its hello
            assert 0.45 < took < 5.0


def test_the_systems_table_tells_what_waits_and_what_was_lost(tmp_path: Path) -> None:
    table = tmp_path / "udp"
    table.write_text(
        "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ... drops\n"
        "  2: 0100007F:1E5B 00000000:0000 07 00000000:00001F00 00:00000000 00000000     0        0 1 2 0000 17\n"
    )
    found = udp_sockets([7771, 7772], table)
    assert found is not None
    assert found.keys() == {7771}
    assert (found[7771].waiting, found[7771].lost) == (0x1F00, 17)
    assert udp_sockets([7771], tmp_path / "nowhere") is None
