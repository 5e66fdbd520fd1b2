"""OSC datagrams, byte for byte: what is accepted, what comes back, and that no bytes at all can hold the bridge up."""

import math
import struct
import time
from collections.abc import Sequence
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage as PeersMessage
from pythonosc.osc_message_builder import OscMessageBuilder, build_msg

from bridge.protocol.osc_packet import (
    MAX_ARGUMENTS,
    MAX_DATAGRAM_BYTES,
    MAX_MESSAGES,
    MalformedDatagram,
    OscMessage,
    build_message,
    parse_datagram,
)

IMMEDIATELY = bytes.fromhex("0000000000000001")
# 2f6d61692f70696e67 000000 | 2c690000 | 00000007   "/mai/ping" ",i" 7
PING = bytes.fromhex("2f6d61692f70696e67000000 2c690000 00000007")


def bundle(*elements: bytes, timetag: bytes = IMMEDIATELY) -> bytes:
    return b"#bundle\0" + timetag + b"".join(struct.pack(">i", len(element)) + element for element in elements)


def nested(depth: int) -> bytes:
    packet = PING
    for _ in range(depth):
        packet = bundle(packet)
    return packet


def timetag_in(seconds: float) -> bytes:
    since_1900 = time.time() + 2_208_988_800 + seconds
    return struct.pack(">Q", int(since_1900 * 2**32))


def only(datagram: bytes) -> OscMessage:
    (message,) = parse_datagram(datagram)
    return message


# Literal messages: the bytes in groups of fields, then what they say.
LITERAL_MESSAGES = [
    ("2f6d61692f70696e67000000 2c690000 00000007", OscMessage("/mai/ping", (7,))),
    ("2f6d61692f70696e67000000 2c690000 ffffffff", OscMessage("/mai/ping", (-1,))),
    ("2f61 0000 2c660000 3f000000", OscMessage("/a", (0.5,))),
    ("2f61 0000 2c660000 3f800000", OscMessage("/a", (1.0,))),
    ("2f61 0000 2c730000 00000000", OscMessage("/a", ("",))),
    ("2f61 0000 2c730000 61626300", OscMessage("/a", ("abc",))),
    ("2f61 0000 2c730000 61626364 00000000", OscMessage("/a", ("abcd",))),
    ("2f61 0000 2c730000 c3a90000", OscMessage("/a", ("é",))),
    (
        "2f6d61692f736574 00000000 2c697366 00000000 00000002 7468726573686f6c6400 0000 3f000000",
        OscMessage("/mai/set", (2, "threshold", 0.5)),
    ),
    ("2f616263 00000000 2c000000", OscMessage("/abc", ())),
]
# Types that the bridge accepts from clients and never sends.
LITERAL_FOREIGN_TYPES = [
    ("2f61 0000 2c680000 0000000000000007", OscMessage("/a", (7,))),
    ("2f61 0000 2c680000 7fffffffffffffff", OscMessage("/a", (2**63 - 1,))),
    ("2f61 0000 2c640000 3fb999999999999a", OscMessage("/a", (0.1,))),
    ("2f61 0000 2c544600", OscMessage("/a", (1, 0))),
    ("2f61 0000", OscMessage("/a", ())),
]


@pytest.mark.parametrize(("hexdump", "message"), LITERAL_MESSAGES + LITERAL_FOREIGN_TYPES)
def test_a_literal_datagram_is_read(hexdump: str, message: OscMessage) -> None:
    (parsed,) = parse_datagram(bytes.fromhex(hexdump))
    assert parsed == message
    assert [type(value) for value in parsed.arguments] == [type(value) for value in message.arguments]


@pytest.mark.parametrize(("hexdump", "message"), LITERAL_MESSAGES)
def test_a_message_is_built_to_the_literal_bytes(hexdump: str, message: OscMessage) -> None:
    assert build_message(message.address, message.arguments) == bytes.fromhex(hexdump)


@pytest.mark.parametrize("bits", ["7fc00000", "7f800000", "ff800000"])
def test_nan_and_infinities_are_arguments_here_for_their_handler_to_refuse(bits: str) -> None:
    (value,) = only(bytes.fromhex("2f61 0000 2c660000") + bytes.fromhex(bits)).arguments
    assert isinstance(value, float)
    assert not math.isfinite(value)


def test_the_messages_of_a_bundle_come_in_order() -> None:
    # 2362756e646c6500 0000000000000001 | 0000000c 2f610000 2c690000 00000001 | 0000000c 2f620000 2c690000 00000002
    datagram = bytes.fromhex(
        "2362756e646c6500 0000000000000001 0000000c 2f610000 2c690000 00000001 0000000c 2f620000 2c690000 00000002"
    )
    assert parse_datagram(datagram) == [OscMessage("/a", (1,)), OscMessage("/b", (2,))]


def test_nested_bundles_keep_the_order_of_their_messages() -> None:
    a, b, c, d = (build_message(address, ()) for address in ("/a", "/b", "/c", "/d"))
    messages = parse_datagram(bundle(a, bundle(b, bundle(), bundle(c)), d))
    assert [message.address for message in messages] == ["/a", "/b", "/c", "/d"]


def test_an_empty_bundle_holds_no_message() -> None:
    assert parse_datagram(bundle()) == []


def test_bundles_may_be_nested_four_deep_and_no_deeper() -> None:
    assert only(nested(4)) == OscMessage("/mai/ping", (7,))
    with pytest.raises(MalformedDatagram, match="nested more than 4 deep"):
        parse_datagram(nested(5))


def test_a_datagram_holds_64_messages_and_no_more() -> None:
    message = build_message("/a", ())
    assert len(parse_datagram(bundle(*[message] * MAX_MESSAGES))) == MAX_MESSAGES
    with pytest.raises(MalformedDatagram, match="more than 64 messages"):
        parse_datagram(bundle(*[message] * (MAX_MESSAGES + 1)))
    halves = [bundle(*[message] * 33)] * 2  # counted over all bundles, not in each
    with pytest.raises(MalformedDatagram, match="more than 64 messages"):
        parse_datagram(bundle(*halves))


def test_a_message_has_200_arguments_and_no_more() -> None:
    head = b"/a\0\0,"
    accepted = head + b"T" * MAX_ARGUMENTS + b"\0" * 3
    refused = head + b"T" * (MAX_ARGUMENTS + 1) + b"\0" * 2
    assert only(accepted).arguments == (1,) * MAX_ARGUMENTS
    with pytest.raises(MalformedDatagram, match="201 arguments, expected at most 200"):
        parse_datagram(refused)


def test_a_datagram_is_4096_bytes_long_and_no_longer() -> None:
    longest = b"/a\0\0,s\0\0" + b"x" * (MAX_DATAGRAM_BYTES - 9) + b"\0"
    assert only(longest).arguments == ("x" * (MAX_DATAGRAM_BYTES - 9),)
    with pytest.raises(MalformedDatagram, match="4100 bytes long, expected at most 4096"):
        parse_datagram(longest + b"\0" * 4)


def test_one_malformed_message_refuses_the_whole_bundle() -> None:
    with pytest.raises(MalformedDatagram):
        parse_datagram(bundle(PING, b"/a\0\0,b\0\0\0\0\0\0"))


def test_a_timetag_in_the_future_does_not_hold_the_thread() -> None:
    # 2362756e646c6500 <now + 1 h as 32.32 bits> 00000014 2f6d...
    datagram = bundle(PING, timetag=timetag_in(3600.0))
    started = time.perf_counter()
    assert only(datagram) == OscMessage("/mai/ping", (7,))
    assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize("pattern", ["*" * 16 + "!", "*" * 40 + "!", "[abc", "{a,b", "?", "(a+)+$"])
def test_an_address_pattern_is_an_address_like_any_other(pattern: str) -> None:
    # 2f6d7573 6567616e 2f2a2a2a 2a2a2a2a ... 2c660000 3f800000: "/musegan/****...!" takes a regular expression minutes
    datagram = build_msg(f"/musegan/{pattern}", [1.0]).dgram
    assert only(datagram) == OscMessage(f"/musegan/{pattern}", (1.0,))


def hexes(text: str) -> bytes:
    return bytes.fromhex(text)


HOSTILE = {
    "empty": (b"", "expected '/' or '#bundle'"),
    "text": (b"hello", "starts with b'hello'"),
    "a slash alone": (hexes("2f"), "the address is not closed"),
    "an address without a NUL": (hexes("2f616263"), "the address is not closed"),
    "an address with too few NULs": (hexes("2f61 00"), "the address is not closed"),
    "an address padded with other bytes": (hexes("2f61 00ff 2c000000"), "the address is not closed"),
    "an address that is not UTF-8": (hexes("2ffffe00 2c000000"), "expected UTF-8 text"),
    "an address that is not ASCII": (hexes("2fc3a900 2c000000"), "expected printable ASCII"),
    "a control character in the address": (hexes("2f610a00 2c000000"), "expected printable ASCII"),
    "type tags without a comma": (hexes("2f610000 69000000 00000001"), "expected ','"),
    "empty type tags": (hexes("2f610000 00000000"), "expected ','"),
    "type tags without a NUL": (hexes("2f610000 2c696969"), "the type tags of /a is not closed"),
    "type tags that are not UTF-8": (hexes("2f610000 2cff0000"), "expected UTF-8 text"),
    "60000 type tags": (b"/a\0\0," + b"T" * 60_003 + b"\0" * 4, "expected at most 4096"),
    "4000 type tags": (b"/a\0\0," + b"T" * 4003 + b"\0" * 4, "4003 arguments, expected at most 200"),
    "20000 arrays": (b"/a\0\0," + b"[" * 20_000 + b"]" * 20_000 + b"\0" * 3, "expected at most 4096"),
    "100 arrays": (b"/a\0\0," + b"[" * 97 + b"]" * 97 + b"\0" * 1, "has the type '\\['"),
    "an unknown type": (hexes("2f610000 2c586600 3f800000"), "argument 0 of /a has the type 'X'"),
    "a blob": (hexes("2f610000 2c620000 00000004 61626364"), "has the type 'b'"),
    "a blob of size -8": (hexes("2f610000 2c620000 fffffff8 6162636465666768"), "has the type 'b'"),
    "a nil": (hexes("2f610000 2c4e0000"), "has the type 'N'"),
    "a timetag argument": (hexes("2f610000 2c740000 0000000000000001"), "has the type 't'"),
    "an int cut short": (hexes("2f610000 2c690000 0000"), "10 bytes long, expected 12"),
    "a float cut short": (hexes("2f610000 2c660000"), "8 bytes long, expected 12"),
    "a double cut short": (hexes("2f610000 2c640000 00000000"), "12 bytes long, expected 16"),
    "a missing string": (hexes("2f610000 2c730000"), "argument 0 of /a is not closed"),
    "a string after a missing int": (hexes("2f610000 2c697300"), "argument 1 of /a is not closed"),
    "a string without a NUL": (hexes("2f610000 2c730000 61626364"), "argument 0 of /a is not closed"),
    "a string that is not UTF-8": (hexes("2f610000 2c730000 fffe0000"), "argument 0 of /a .*expected UTF-8"),
    "a surrogate in a string": (hexes("2f610000 2c730000 eda08000"), "argument 0 of /a .*expected UTF-8"),
    "bytes after the arguments": (hexes("2f610000 2c690000 00000001 00000000"), "16 bytes long, expected 12"),
    "a bundle cut off in its timetag": (hexes("2362756e646c6500 000000"), "cut off before its timetag"),
    "a bundle element of size -4": (hexes("2362756e646c6500 0000000000000001 fffffffc"), "the size -4"),
    "bundle elements of size 0": (hexes("2362756e646c6500 0000000000000001" + "00000000" * 50), "the size 0"),
    "a bundle element of odd size": (hexes("2362756e646c6500 0000000000000001 00000003 2f610000"), "the size 3"),
    "a bundle element of 2 GiB": (
        hexes("2362756e646c6500 0000000000000001 7fffffff 2f610000"),
        "the size 2147483647",
    ),
    "a bundle element larger than what remains": (
        hexes("2362756e646c6500 0000000000000001 00000008 2f610000"),
        "the size 8, expected a multiple of 4 from 4 to 4",
    ),
    "a bundle with stray bytes": (hexes("2362756e646c6500 0000000000000001 0000"), "2 stray bytes"),
    "a bundle of text": (bundle(b"hell"), "starts with b'hell'"),
    "bundles 150 deep": (nested(150), "nested more than 4 deep"),
    "bundles 3000 deep": (nested(3000), "expected at most 4096"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_datagram_is_refused_with_a_sentence(name: str) -> None:
    datagram, sentence = HOSTILE[name]
    with pytest.raises(MalformedDatagram, match=sentence):
        parse_datagram(datagram)


def parse_all_hostile() -> None:
    for datagram, _ in HOSTILE.values():
        try:
            parse_datagram(datagram)
        except MalformedDatagram:
            continue


def test_no_hostile_datagram_holds_the_thread() -> None:
    # In a child, so that an endless loop is a failure here and not an endless test.
    child = get_context("spawn").Process(target=parse_all_hostile)
    child.start()
    child.join(30)
    hangs = child.is_alive()
    child.kill()
    child.join()
    assert not hangs
    assert child.exitcode == 0


def parse_or_refuse(datagram: bytes) -> None:
    try:
        messages = parse_datagram(datagram)
    except MalformedDatagram:
        return
    for message in messages:
        assert message.address.startswith("/")
        assert message.address.isascii()
        assert all(type(value) in (int, float, str) for value in message.arguments)


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=1000)
def test_any_bytes_are_messages_or_malformed(datagram: bytes) -> None:
    parse_or_refuse(datagram)


@given(st.binary(max_size=60), st.sampled_from([b"/a\0\0,", b"#bundle\0" + IMMEDIATELY, b"#bundle\0" * 2]))
@settings(max_examples=300, deadline=1000)
def test_any_bytes_after_a_valid_beginning_are_messages_or_malformed(rest: bytes, beginning: bytes) -> None:
    parse_or_refuse(beginning + rest)


SEEDS = [
    PING,
    build_message("/mai/set", (2, "threshold", 0.5)),
    bundle(PING, bundle(build_message("/mai/latent/save", (3, "verse")), PING), PING),
    nested(4),
]


@given(
    datagram=st.sampled_from(SEEDS),
    edits=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=4),
    start=st.integers(0, 8),
    cut=st.integers(0, 40),
)
@settings(max_examples=500, deadline=1000)
def test_a_damaged_valid_packet_is_messages_or_malformed(
    datagram: bytes, edits: list[tuple[int, int]], start: int, cut: int
) -> None:
    damaged = bytearray(datagram)
    for position, byte in edits:
        damaged[position % len(damaged)] = byte
    parse_or_refuse(bytes(damaged[start : len(damaged) - cut]))


ADDRESSES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=60).map(lambda tail: "/" + tail)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
ARGUMENTS = st.lists(st.integers(-(2**31), 2**31 - 1) | st.floats(width=32, allow_nan=False) | TEXTS, max_size=20)


@given(ADDRESSES, ARGUMENTS)
@example("/mai/bar", [7, 0, 1, 0, 1, -1.0, *[60, 100, 0.25, 0.5] * 48])
@settings(max_examples=200, deadline=None)
def test_what_is_built_is_read_back(address: str, arguments: list[int | float | str]) -> None:
    message = only(build_message(address, arguments))
    assert message == OscMessage(address, tuple(arguments))
    assert [type(value) for value in message.arguments] == [type(value) for value in arguments]


PEERS_TAGS = {int: "i", float: "f", str: "s"}


def built_by_python_osc(address: str, arguments: Sequence[int | float | str], tags: str) -> bytes:
    builder = OscMessageBuilder(address)
    for value, tag in zip(arguments, tags, strict=True):
        builder.add_arg(value, tag)
    return bytes(builder.build().dgram)


@given(ADDRESSES, ARGUMENTS)
@example("/mai/bar", [7, 0, 1, 0, 1, -1.0, *[60, 100, 0.25, 0.5] * 48])
@example("/mai/bar", [7, 0, 1, 0, 1, -1.0])
@settings(max_examples=300, deadline=None)
def test_what_is_built_is_byte_for_byte_what_python_osc_builds(
    address: str, arguments: list[int | float | str]
) -> None:
    tags = "".join(PEERS_TAGS[type(value)] for value in arguments)
    assert build_message(address, arguments) == built_by_python_osc(address, arguments, tags)


FOREIGN = (
    st.tuples(st.just("h"), st.integers(-(2**63), 2**63 - 1))
    | st.tuples(st.just("d"), st.floats(allow_nan=False))
    | st.tuples(st.just("i"), st.integers(-(2**31), 2**31 - 1))
    | st.tuples(st.just("f"), st.floats(width=32, allow_nan=False))
    | st.tuples(st.just("s"), TEXTS)
    | st.tuples(st.just("T"), st.just(1))
    | st.tuples(st.just("F"), st.just(0))
)


@given(st.lists(FOREIGN, max_size=20))
@settings(max_examples=300, deadline=None)
def test_what_python_osc_builds_is_read_as_python_osc_reads_it(arguments: list[tuple[str, int | float | str]]) -> None:
    datagram = built_by_python_osc("/a", [value for _, value in arguments], "".join(tag for tag, _ in arguments))
    read = only(datagram)
    assert read.arguments == tuple(value for _, value in arguments)
    assert list(read.arguments) == [
        int(value) if isinstance(value, bool) else value for value in PeersMessage(datagram)
    ]
    assert all(type(value) in (int, float, str) for value in read.arguments)


def test_a_number_too_large_among_many_is_named_and_the_same_layout_is_still_packed() -> None:
    notes: list[int | float | str] = [60, 100, 0.25, 0.5] * 10
    assert only(build_message("/mai/bar", notes)).arguments == tuple(notes)
    for place, value, sentence in ((4, 2**31, "argument 4"), (38, 1e39, "argument 38")):
        with pytest.raises(ValueError, match=sentence):
            build_message("/mai/bar", [*notes[:place], value, *notes[place + 1 :]])
    assert only(build_message("/mai/bar", notes)).arguments == tuple(notes)


def test_numbers_of_numpy_are_sent_as_what_they_are() -> None:
    assert only(build_message("/a", [np.float64(0.5), 7])).arguments == (0.5, 7)
    with pytest.raises(ValueError, match="argument 0 of /a"):
        build_message("/a", [np.int64(7)])  # type: ignore[list-item]  # no int: it would be sent as something else


@given(st.lists(st.tuples(ADDRESSES, ARGUMENTS), max_size=3))
@settings(max_examples=60, deadline=None)
def test_a_bundle_of_built_messages_is_read_back(sent: list[tuple[str, list[int | float | str]]]) -> None:
    datagram = bundle(*(build_message(address, arguments) for address, arguments in sent))
    if len(datagram) <= MAX_DATAGRAM_BYTES:
        assert parse_datagram(datagram) == [OscMessage(address, tuple(arguments)) for address, arguments in sent]


@given(st.floats(-1e38, 1e38))
def test_a_float_is_sent_as_the_nearest_of_32_bits(value: float) -> None:
    (read,) = only(build_message("/a", [value])).arguments
    assert read == struct.unpack(">f", struct.pack(">f", value))[0]


@pytest.mark.parametrize("value", [math.inf, -math.inf, 3.4028234663852886e38, 3.4028235677973362e38, -0.0])
def test_the_outermost_floats_can_be_sent(value: float) -> None:
    (read,) = only(build_message("/a", [value])).arguments
    assert isinstance(read, float)
    assert math.copysign(1.0, read) == math.copysign(1.0, value)
    assert math.isinf(read) == math.isinf(value)


@pytest.mark.parametrize(
    ("address", "arguments", "sentence"),
    [
        ("/a", [True], "argument 0 of /a is True, a bool, expected an int, a float or a str"),
        ("/a", [1, False], "argument 1 of /a is False"),
        ("/a", [None], "a NoneType, expected"),
        ("/a", [b"blob"], "a bytes, expected"),
        ("/a", [[1, 2]], "a list, expected"),
        ("/a", [(1, 2, 3, 4)], "a tuple, expected"),
        ("/a", [2**31], "is 2147483648, expected an int of 32 bits"),
        ("/a", [-(2**31) - 1], "expected an int of 32 bits"),
        ("/a", [1e39], "expected a float that 32 bits can hold"),
        ("/a", [-3.4028235677973366e38], "expected a float that 32 bits can hold"),
        ("/a", ["a\0b"], "expected text without NUL"),
        ("/a", ["\ud800"], "expected text without NUL and lone surrogates"),
        ("/a", [0] * 201, "201 arguments, expected at most 200"),
        ("/a", ["x" * 4096], "bytes, expected at most 4096"),
        ("", [], "expected '/' and printable ASCII"),
        ("a", [], "expected '/' and printable ASCII"),
        ("/é", [], "expected '/' and printable ASCII"),
        ("/a\0", [], "expected '/' and printable ASCII"),
        ("/a\n", [], "expected '/' and printable ASCII"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name(
    address: str, arguments: Sequence[int | float | str], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        build_message(address, arguments)


def test_the_largest_message_that_fits_is_sent() -> None:
    text = "x" * (MAX_DATAGRAM_BYTES - 9)
    assert len(build_message("/a", [text])) == MAX_DATAGRAM_BYTES
    with pytest.raises(ValueError, match="4100 bytes, expected at most 4096"):
        build_message("/a", [text + "x"])
