from __future__ import annotations

import gc
import sys
import threading

import pytest

from bridge.engine.interpreter import give_way, without_old_rubbish


def test_what_was_there_is_not_looked_through_until_the_end() -> None:
    before = gc.get_freeze_count()
    with without_old_rubbish():
        assert gc.get_freeze_count() > before + 10_000
    assert gc.get_freeze_count() == 0


def test_new_rubbish_is_still_collected() -> None:
    with without_old_rubbish():
        ring: list[object] = []
        ring.append(ring)
        del ring
        assert gc.collect() >= 1


def test_it_ends_also_with_an_error() -> None:
    with pytest.raises(ZeroDivisionError), without_old_rubbish():
        raise ZeroDivisionError
    assert gc.get_freeze_count() == 0


def test_giving_way_lets_a_thread_run_that_waits_for_the_interpreter() -> None:
    before = sys.getswitchinterval()
    ran: list[bool] = []
    go = threading.Event()

    def wait_and_run() -> None:
        go.wait()
        ran.append(True)

    thread = threading.Thread(target=wait_and_run)
    thread.start()
    sys.setswitchinterval(60.0)  # nothing else would let it run before the loop is over
    try:
        go.set()
        for _ in range(2000):
            if ran:
                break
            give_way()
        assert ran
    finally:
        sys.setswitchinterval(before)
        thread.join()
