from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.doors.json_message import read_json, write_json
from bridge.doors.text_values import MalformedMessage
from bridge.protocol.arguments import Value
from bridge.protocol.osc_packet import OscMessage
from bridge.protocol.requests import RequestRefused, read_request
from tests.bridge.doors.messages import addresses, as_osc_holds_it, values


@given(addresses, st.lists(values, max_size=8))
def test_json_reads_as_the_message_that_it_was_written_from(address: str, arguments: list[Value]) -> None:
    message = OscMessage(address, tuple(arguments))
    text = write_json(message)
    assert json.loads(text)[0] == address
    read = read_json(text)
    assert read.address == address
    assert as_osc_holds_it(read) == as_osc_holds_it(message)


def test_true_and_false_are_1_and_0() -> None:
    read = read_json('["/mai/lock", 1, 2, true, false]')
    assert read == OscMessage("/mai/lock", (1, 2, 1, 0))
    assert [type(value) for value in read.arguments] == [int] * 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON"),
        ("nonsense", "no JSON"),
        ('["/mai/ping", 1', "no JSON"),
        ('["/a", NaN]', "NaN is no finite number"),
        ('["/a", -Infinity]', "-Infinity is no finite number"),
        ("[" * 60000, "no JSON"),
        ("1" * 10000, "no JSON"),
        ("{}", "no list"),
        ("[]", "no list"),
        ('"/mai/ping"', "no list"),
        ("[1, 2]", "the address is 1"),
        ('["mai/ping"]', "the address is 'mai/ping'"),
        ('["/a", null]', "argument 0 is None, expected a number or a string"),
        ('["/a", 1, [2]]', r"argument 1 is \[2\], expected"),
        ('["/a", {"b": 1}]', "argument 0 is"),
        ('["/a", "\\ud800"]', "lone surrogates"),
        ('["/a", "x\\u0000y"]', "without NUL"),
        ('["/a", 18446744073709551616]', "has 65 bits"),
        (json.dumps(["/a", *range(201)]), "has 201 arguments"),
    ],
)
def test_what_is_no_message_is_refused_with_what_came(text: str, says: str) -> None:
    with pytest.raises(MalformedMessage, match=says):
        read_json(text)


@given(st.text(max_size=200))
def test_any_text_is_either_a_message_or_malformed(text: str) -> None:
    try:
        message = read_json(text)
    except MalformedMessage:
        return
    assert read_json(write_json(message)).address == message.address


@pytest.mark.parametrize("number", ["2147483648", "-2147483649", "9223372036854775807", "1e400"])
def test_numbers_that_32_bits_do_not_hold_are_refused_by_the_table_in_its_words(number: str) -> None:
    with pytest.raises(RequestRefused, match=r"seed is .*, expected a (32-bit integer|finite number)"):
        read_request(read_json(f'["/mai/generate", 1, {number}]'))
