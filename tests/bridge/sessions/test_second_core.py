"""What is begun on a second core is done while the first goes on."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from bridge.sessions import second_core
from bridge.sessions.second_core import cores, meanwhile

NEVER = 30.0  # seconds that nobody waits for


def test_work_goes_on_while_whoever_began_it_does_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_core, "cores", lambda: 2)
    first_has_gone_on, begun = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        assert first_has_gone_on.wait(NEVER)
        return threading.current_thread().name

    coming = meanwhile(work)
    assert begun.wait(NEVER)
    first_has_gone_on.set()
    assert coming() != threading.current_thread().name
    assert coming() == coming(), "it is done once"


def test_what_it_raises_comes_to_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> None:
        raise RuntimeError("no memory")

    for count in (1, 2):
        monkeypatch.setattr(second_core, "cores", lambda count=count: count)
        with pytest.raises(RuntimeError, match="no memory"):
            meanwhile(work)()


def test_with_one_core_it_is_done_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_core, "cores", lambda: 1)
    done: list[threading.Thread] = []
    coming = meanwhile(lambda: done.append(threading.current_thread()))
    assert done == []
    coming()
    assert done == [threading.current_thread()]


def test_much_work_takes_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_core, "cores", lambda: 8)
    assert len({coming() for coming in [meanwhile(threading.get_ident) for _ in range(20)]}) == 1


def test_there_is_a_core() -> None:
    assert cores() >= 1


@pytest.mark.skipif(sys.platform != "linux" or cores() < 2, reason="Linux tells which core, of several, a thread is on")
def test_it_is_another_core_than_the_one_that_goes_on() -> None:
    assert sys.platform == "linux"
    allowed = os.sched_getaffinity(0)
    try:
        for core in allowed:
            os.sched_setaffinity(0, {core})
            second_core_allowed = meanwhile(lambda: os.sched_getaffinity(0))
            assert second_core_allowed() == {core}, "a thread with one core has no second"
            os.sched_setaffinity(0, allowed)
            here, there = second_core._core_number(), meanwhile(lambda: os.sched_getaffinity(0))()
            assert here is not None
            assert len(there) == len(allowed) - 1
            assert there < allowed
    finally:
        os.sched_setaffinity(0, allowed)
