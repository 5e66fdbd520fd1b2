from __future__ import annotations

import logging

import pytest

from bridge.logs.json_lines import FIELDS
from bridge.logs.told_errors import tell_error
from bridge.protocol import answers
from bridge.protocol.osc_packet import OscMessage

LIVE = ("127.0.0.1", 50001)


def test_an_error_is_told_with_what_was_asked_why_and_whom(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "bridge"):
        tell_error(answers.error(7, "/mai/sing", "unknown_address", "there is no '/mai/sing'" + "x" * 900), LIVE)
    (record,) = caplog.records
    fields = getattr(record, FIELDS)
    assert (fields["id"], fields["address"], fields["code"]) == (7, "/mai/sing", "unknown_address")
    assert fields["said"].startswith("there is no '/mai/sing'")
    assert len(fields["said"]) == 200
    assert fields["to"] == "127.0.0.1:50001"


def test_other_messages_are_not(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "bridge"):
        tell_error(OscMessage("/mai/pong", (1, 0.0, 0, 0)), LIVE)
    assert caplog.records == []
