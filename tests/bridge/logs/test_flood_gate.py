from __future__ import annotations

import logging

from bridge.logs.flood_gate import LEFT_OUT, PERIOD_SECONDS, SAME_A_PERIOD, FloodGate


def say(gate: FloodGate, seconds: float, message: str = "failed: %s", argument: object = 1) -> str | None:
    """What gets through, as text."""
    record = logging.makeLogRecord({"name": "bridge", "levelno": logging.WARNING, "created": seconds})
    record.msg, record.args = message, (argument,)
    if not gate.filter(record):
        return None
    assert record.args == (argument,), "other handlers have the same record"
    return f"{record.getMessage()}{' after ' + str(getattr(record, LEFT_OUT)) if hasattr(record, LEFT_OUT) else ''}"


def test_the_same_complaint_gets_through_so_often_whatever_its_arguments() -> None:
    gate = FloodGate()
    passed = [say(gate, 100.0, argument=number) for number in range(1000)]
    assert passed == [f"failed: {number}" for number in range(SAME_A_PERIOD)] + [None] * (1000 - SAME_A_PERIOD)


def test_another_complaint_is_heard_beside_it() -> None:
    gate = FloodGate()
    for _ in range(1000):
        say(gate, 100.0)
    assert say(gate, 100.0, "the disk is full: %s") == "the disk is full: 1"


def test_the_first_after_a_while_says_how_many_were_left_out() -> None:
    gate = FloodGate()
    for _ in range(SAME_A_PERIOD + 7):
        say(gate, 100.0)
    assert say(gate, 100.0 + PERIOD_SECONDS - 0.01) is None
    assert say(gate, 100.0 + PERIOD_SECONDS, argument="100 %s") == "failed: 100 %s after 8"
    assert say(gate, 100.0 + PERIOD_SECONDS) == "failed: 1"


def test_a_wall_clock_that_steps_back_silences_nobody() -> None:
    gate = FloodGate()
    for _ in range(1000):
        say(gate, 1_000_000.0)
    assert say(gate, 5.0) is not None


def test_memory_stays_small_where_every_complaint_is_another_one() -> None:
    gate = FloodGate()
    for number in range(5000):
        assert say(gate, 100.0, f"{number} %s") is not None
    assert len(gate._periods) <= 500
