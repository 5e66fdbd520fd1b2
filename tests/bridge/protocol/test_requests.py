from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.protocol.osc_packet import OscMessage, build_message
from bridge.protocol.requests import (
    REQUESTS,
    Generate,
    Hello,
    Morph,
    RequestRefused,
    Set,
    StreamStart,
    Subscribe,
    read_request,
)


def read(address: str, *arguments: int | float | str) -> object:
    return read_request(OscMessage(address, arguments))


def test_optional_arguments_may_be_left_out() -> None:
    assert read("/mai/generate", 7) == Generate(7)
    assert read("/mai/generate", 7, 42) == Generate(7, 42)
    assert read("/mai/generate", 7, 42, 2) == Generate(7, 42, 2)


def test_pure_data_sends_whole_numbers_as_floats_and_max_sends_whole_floats_as_ints() -> None:
    request = read("/mai/generate", 7.0, 42.0)
    assert request == Generate(7, 42)
    assert isinstance(request, Generate)
    assert isinstance(request.seed, int)
    morph = read("/mai/morph", 1, "A", 1)
    assert isinstance(morph, Morph)
    assert isinstance(morph.anchors[0][1], float)


def test_the_largest_number_of_32_bits_is_taken_and_can_be_answered_with() -> None:
    request = read("/mai/stream/start", 7, 3.4028234663852886e38)
    assert isinstance(request, StreamStart)
    assert request.at_beat is not None
    assert build_message("/mai/done", (7, request.at_beat))


def test_a_group_takes_all_that_is_left() -> None:
    assert read("/mai/subscribe", 1, 0, 4) == Subscribe(1, ((0,), (4,)))
    assert read("/mai/subscribe", 1) == Subscribe(1, ())


def test_the_value_of_a_setting_keeps_the_type_it_came_with() -> None:
    assert read("/mai/set", 1, "output", "midi") == Set(1, "output", "midi")
    assert read("/mai/set", 1, "threshold", 0.5) == Set(1, "threshold", 0.5)


@pytest.mark.parametrize(
    ("address", "arguments", "code", "says"),
    [
        ("/mai/generate", (), "bad_arguments", "id is missing, expected (id i, [seed i], [bars i])"),
        ("/mai/generate", (7, 0.5), "bad_arguments", "seed is 0.5, expected an integer"),
        ("/mai/generate", (7, float("nan")), "bad_arguments", "seed is nan, expected a finite number"),
        ("/mai/generate", (7, 2**40), "out_of_range", "seed is 1099511627776, expected a 32-bit integer"),
        ("/mai/generate", (7, 1, 0), "out_of_range", "bars is 0, expected at least 1"),
        ("/mai/generate", (7, 1, 1, 1), "bad_arguments", "4 arguments came, expected (id i, [seed i], [bars i])"),
        ("/mai/hello", (7, 8, 9), "bad_arguments", "client is 8, expected a string"),
        ("/mai/hello", (7, "Live", 70000), "out_of_range", "reply_port is 70000, expected 0 to 65535"),
        ("/mai/morph", (7, "A", float("inf")), "bad_arguments", "weight[0] is inf, expected a finite number"),
        ("/mai/stream/start", (7, 1e300), "out_of_range", "at_beat is 1e+300, expected a 32-bit float"),
        ("/mai/latent/put", (7, "A", "h", 0, 1, -1e39), "out_of_range", "value[0] is -1e+39, expected a 32-bit float"),
        ("/mai/latent/save", (7, 3.0), "bad_arguments", "name is 3.0, expected a string"),
        ("/mai/*", (7,), "unknown_address", "there is no '/mai/*'"),
        ("/mai/Generate", (7,), "unknown_address", "there is no '/mai/Generate'"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_came_and_what_was_expected(
    address: str, arguments: tuple[int | float | str, ...], code: str, says: str
) -> None:
    with pytest.raises(RequestRefused) as caught:
        read(address, *arguments)
    refusal = caught.value
    assert (refusal.code, refusal.address) == (code, address)
    assert says in refusal.message
    assert refusal.request_id == (7 if arguments else -1)


@given(
    st.sampled_from(sorted(REQUESTS)),
    st.lists(st.one_of(st.integers(), st.floats(), st.text(max_size=5)), max_size=8),
)
def test_any_arguments_are_either_a_request_or_a_refusal(address: str, arguments: list[int | float | str]) -> None:
    codes: list[str] = []
    request: object = None
    try:
        request = read(address, *arguments)
    except RequestRefused as refusal:
        codes.append(refusal.code)
    assert isinstance(request, REQUESTS[address]) or codes in (["bad_arguments"], ["out_of_range"])


def test_hello_speaks_the_first_version_unless_it_says_otherwise() -> None:
    assert read("/mai/hello", 1, "Live", 0) == Hello(1, "Live", 0, 1)
