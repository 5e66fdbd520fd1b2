"""So that one complaint, said a thousand times a second, does not push everything else out of the log."""

from __future__ import annotations

import logging
from dataclasses import dataclass

LEFT_OUT = "left_out"  # the attribute of a record with how many like it came before
SAME_A_PERIOD = 20
PERIOD_SECONDS = 10.0
_KINDS_KEPT = 500


@dataclass(slots=True)
class _Period:
    began: float  # Unix seconds, as the record has them
    passed: int = 0
    left_out: int = 0


class FloodGate(logging.Filter):
    """Lets a message with its module through SAME_A_PERIOD times in PERIOD_SECONDS; the next one then carries
    LEFT_OUT. Any thread may use it: at worst a few more get through."""

    def __init__(self) -> None:
        super().__init__()
        self._periods: dict[tuple[str, int, str], _Period] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind = (record.name, record.levelno, str(record.msg)[:100])  # the message before its arguments are put in
        period = self._periods.get(kind)
        if period is None or not 0.0 <= record.created - period.began < PERIOD_SECONDS:  # the wall clock may step
            if len(self._periods) >= _KINDS_KEPT:
                self._periods.clear()
            self._periods[kind] = _Period(record.created, passed=1)
            if period is not None and period.left_out:
                setattr(record, LEFT_OUT, period.left_out)  # other handlers have the same record: its text stays
            return True
        if period.passed >= SAME_A_PERIOD:
            period.left_out += 1
            return False
        period.passed += 1
        return True
