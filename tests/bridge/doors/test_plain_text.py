from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.doors.plain_text import read_line, split_values, write_line
from bridge.doors.text_values import MalformedMessage
from bridge.protocol.arguments import Value
from bridge.protocol.osc_packet import MAX_ARGUMENTS, OscMessage, build_message, parse_datagram
from tests.bridge.doors.messages import addresses, as_osc_holds_it, values


@given(addresses, st.lists(values, max_size=8))
def test_a_line_reads_as_the_message_that_it_was_written_from(address: str, arguments: list[Value]) -> None:
    message = OscMessage(address, tuple(arguments))
    read = read_line(write_line(message))
    assert read.address == address
    assert as_osc_holds_it(read) == as_osc_holds_it(message)


@given(addresses, st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), max_size=8))
def test_numbers_are_those_that_a_datagram_would_have_brought(address: str, numbers: list[float]) -> None:
    halves = tuple(number / 3 for number in numbers)  # no longer 32-bit floats
    (by_datagram,) = parse_datagram(build_message(address, halves))
    by_line = read_line(write_line(OscMessage(address, halves)))
    assert [np.float32(value) for value in by_line.arguments] == [np.float32(value) for value in by_datagram.arguments]


@given(st.text())
def test_whatever_a_text_holds_a_message_stays_one_line(text: str) -> None:
    sendable = text.replace("\0", "").encode(errors="ignore").decode()
    line = write_line(OscMessage("/mai/value", (1, "name", sendable)))
    assert line.splitlines() == [line]


@given(st.lists(values, max_size=8))
def test_the_args_of_a_request_read_like_the_values_of_a_line(arguments: list[Value]) -> None:
    words = [write_line(OscMessage("/", (value,))).removeprefix("/ ") for value in arguments]
    read = OscMessage("/", tuple(split_values(",".join(words), ",")))
    assert as_osc_holds_it(read) == as_osc_holds_it(OscMessage("/", tuple(arguments)))


def test_a_line_looks_as_the_readme_shows_it() -> None:
    bar = OscMessage("/mai/bar", (7, 0, 1, 0, 1, -1.0, 60, 100, 1 / 3, 0.5))
    assert write_line(bar) == "/mai/bar 7 0 1 0 1 -1.0 60 100 0.33333334 0.5"
    assert write_line(OscMessage("/mai/done", (7, "my song"))) == '/mai/done 7 "my song"'
    assert write_line(OscMessage("/mai/done", (7, "42", "", "Gitarre-é"))) == '/mai/done 7 "42" "" Gitarre-é'
    assert write_line(OscMessage("/mai/error", (-1, 'a "b"\n\\'))) == r'/mai/error -1 "a \"b\"\n\\"'


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ("", []),
        ("  ", []),
        ("7,42", [7, 42]),
        (" 7 , 42 ", [7, 42]),
        ("7.0,+42,-.5,1e3,1.", [7.0, 42, -0.5, 1000.0, 1.0]),
        ("my song,a b", ["my song", "a b"]),
        ('"my song", "a, b" ,"42",""', ["my song", "a, b", "42", ""]),
        (r'"say \"hi\" \\ \u00e9"', ['say "hi" \\ é']),
        ("nan,inf,Infinity,1_000,0x10,٣,1-2,-,.", ["nan", "inf", "Infinity", "1_000", "0x10", "٣", "1-2", "-", "."]),
        ("C:\\new", ["C:\\new"]),
        ('","', [","]),
    ],
)
def test_args_are_numbers_where_they_read_as_numbers_and_strings_where_they_are_quoted(
    args: str, expected: list[Value]
) -> None:
    read = split_values(args, ",")
    assert read == expected
    assert [type(value) for value in read] == [type(value) for value in expected]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ("7,,8", "argument 1 is empty"),
        ("7,", "argument 1 is empty"),
        (",", "argument 0 is empty"),
        ('7,"open', "argument 1 has a stray quote"),
        ('it"s', "argument 0 has a stray quote"),
        ('"a"b', "argument 0 has a stray quote"),
        (r'"\q"', "expected a JSON string"),
        ('"a\nb"', "expected a JSON string"),
        ("1" * 5000, "has 5000 digits"),
    ],
)
def test_args_that_cannot_be_read_are_refused_by_their_place(args: str, says: str) -> None:
    with pytest.raises(MalformedMessage, match=says):
        split_values(args, ",")


@pytest.mark.parametrize(
    "text",
    ["9" * 60000 + "x", "." + "9" * 60000 + "e", " " * 60000 + '"', '"' + "\\" * 60001, '"' * 60001, "a" * 60000],
)
@pytest.mark.parametrize("separator", [" ", ","])
def test_hostile_text_takes_no_more_than_a_moment(text: str, separator: str) -> None:
    try:
        split_values(text, separator)
    except MalformedMessage:
        return
    write_line(OscMessage("/", (text,)))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("mai/ping 1", "the address is 'mai/ping'"),
        ("", "the address is ''"),
        ("/mai/p\u00efng", "printable ASCII"),
        ("/a " + "1 " * (MAX_ARGUMENTS + 1), "has 201 arguments"),
        ("/a " + str(2**63), "has 64 bits, expected a 32-bit integer"),
        ("/a x\0y", "without NUL"),
        (r'/a "\ud800"', "lone surrogates"),
    ],
)
def test_a_line_holds_no_more_than_a_datagram_could(line: str, says: str) -> None:
    with pytest.raises(MalformedMessage, match=says):
        read_line(line)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e39])
def test_what_is_no_finite_32_bit_number_is_not_written(value: float) -> None:
    with pytest.raises(ValueError, match="no finite 32-bit number"):
        write_line(OscMessage("/a", (value,)))


def test_a_quoted_string_is_a_json_string() -> None:
    text = 'quote " backslash \\ tab \t newline \n é \u2028'
    word = write_line(OscMessage("/", (text,))).removeprefix("/ ")
    assert json.loads(word) == text
