"""Which answer closes which request: the table that the HTTP door and the Python client wait by."""

from __future__ import annotations

import pytest

from bridge.protocol import answers
from bridge.protocol.osc_packet import OscMessage
from bridge.protocol.requests import ANSWERS, CLOSING, REQUESTS, closes, closing_answer


def test_every_request_has_a_closing_answer_and_it_is_the_one_that_its_table_row_names() -> None:
    assert set(CLOSING) == set(REQUESTS)
    for address, closing in CLOSING.items():
        words = ANSWERS[address]
        if closing is None:
            assert words.startswith("none"), address
        else:
            assert closing in words or (closing == "/mai/done" and "as generate" in words), address


@pytest.mark.parametrize(
    ("request_message", "closing"),
    [
        (OscMessage("/mai/hello", (1, "x", 0)), "/mai/welcome"),
        (OscMessage("/mai/ping", (1,)), "/mai/pong"),
        (OscMessage("/mai/status", (1,)), "/mai/status"),
        (OscMessage("/mai/get", (1, "tempo")), "/mai/value"),
        (OscMessage("/mai/generate", (1, 7)), "/mai/done"),
        (OscMessage("/mai/latent/list", (1,)), "/mai/done"),
        (OscMessage("/mai/generate", ("x",)), "/mai/error"),
        (OscMessage("/mai/sing", (1,)), "/mai/error"),
    ],
)
def test_a_request_is_closed_by_its_last_answer_and_a_bad_one_by_an_error(
    request_message: OscMessage, closing: str
) -> None:
    assert closing_answer(request_message) == closing


@pytest.mark.parametrize(
    ("part", "parts", "closing"), [(0, 1, "/mai/done"), (0, 3, None), (1, 3, None), (2, 3, "/mai/done")]
)
def test_of_a_request_in_parts_the_last_is_answered(part: int, parts: int, closing: str | None) -> None:
    assert closing_answer(OscMessage("/mai/latent/put", (1, "A", "0" * 64, part, parts, 0.5))) == closing
    assert closing_answer(OscMessage("/mai/clip", (1, part, parts, 0))) is None


def test_an_error_closes_everything_and_another_answer_nothing() -> None:
    refused = answers.error(1, "/mai/generate", "busy", "later")
    assert closes(refused, "/mai/done")
    assert closes(refused, None)
    assert not closes(OscMessage("/mai/bar", (1, 0, 0, 0, 1, -1.0)), "/mai/done")
    assert not closes(answers.done(1), None)
    assert closes(answers.done(1), "/mai/done")


def test_an_answer_in_parts_closes_with_its_last_part() -> None:
    first, last = (OscMessage("/mai/latent/data", (1, "A", "hash", part, 2, 0.5)) for part in range(2))
    assert not closes(first, "/mai/latent/data")
    assert closes(last, "/mai/latent/data")
