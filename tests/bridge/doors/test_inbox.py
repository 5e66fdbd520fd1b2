from __future__ import annotations

import threading

from bridge.doors.address import HTTP, WEB_SOCKET, Address
from bridge.doors.inbox import CAPACITY, CROWD, PATIENCE_SECONDS, Inbox, Letter
from bridge.protocol.osc_packet import OscMessage, build_message
from bridge.protocol.requests import Bye, Generate, Hello, Morph, RequestRefused
from tests.fakes import Wire

PAGE: Address = (WEB_SOCKET, 1)
CURL: Address = (HTTP, 2)
LIVE: Address = ("127.0.0.1", 50001)


def taken(inbox: Inbox) -> list[Letter]:
    letters = []
    while (letter := inbox.take(0.0)) is not None:
        letters.append(letter)
    return letters


def test_a_message_of_the_http_door_waits_as_a_datagram_does() -> None:
    inbox = Inbox(Wire().send)
    inbox.receive(build_message("/mai/generate", (7, 42)), LIVE, 1.0)
    inbox.receive_message(OscMessage("/mai/generate", (7, 42)), CURL, 2.0)
    assert taken(inbox) == [
        Letter(Generate(7, 42), "/mai/generate", LIVE, 1.0, 1.0),
        Letter(Generate(7, 42), "/mai/generate", CURL, 2.0, 2.0),
    ]


def test_what_the_table_refuses_waits_as_a_refusal() -> None:
    inbox = Inbox(Wire().send)
    inbox.receive_message(OscMessage("/mai/sing", (7,)), PAGE, 0.0)
    (letter,) = taken(inbox)
    assert isinstance(letter.request, RequestRefused)
    assert letter.request.code == "unknown_address"


def test_a_reply_port_is_for_datagrams_alone() -> None:
    inbox = Inbox(Wire().send)
    inbox.receive(build_message("/mai/hello", (1, "Live", 9000)), LIVE, 0.0)
    inbox.receive_message(OscMessage("/mai/hello", (1, "page", 9000)), PAGE, 0.0)
    assert [letter.request for letter in taken(inbox)] == [Hello(1, "Live", 9000), Hello(1, "page", 0)]


def test_who_leaves_is_a_bye_that_finds_room_where_nothing_else_does() -> None:
    wire = Wire()
    inbox = Inbox(wire.send)
    for number in range(CAPACITY):
        inbox.receive_message(OscMessage("/mai/ping", (number,)), PAGE, 0.0)
    inbox.receive_message(OscMessage("/mai/ping", (CAPACITY,)), PAGE, 0.0)
    inbox.leave(PAGE, 5.0)

    letters = taken(inbox)
    assert len(letters) == CAPACITY + 1
    assert letters[-1] == Letter(Bye(-1), "/mai/bye", PAGE, 5.0, 5.0)
    (busy,) = wire.to(PAGE)
    assert busy.arguments[:3] == (CAPACITY, "/mai/ping", "busy")
    assert inbox.refused_for_room == 1


def test_the_newest_morph_wins_whichever_door_it_came_through() -> None:
    inbox = Inbox(Wire().send)
    inbox.receive(build_message("/mai/morph", (1, "A", 1.0)), LIVE, 0.0)
    inbox.receive_message(OscMessage("/mai/morph", (2, "A", 1.0)), PAGE, 0.0)
    older, newer = taken(inbox)
    assert isinstance(newer.request, Morph)
    assert inbox.why_not(older, 0.0) == "a newer morph has overtaken this one"
    assert inbox.why_not(newer, 0.0) is None


def crowded(*requests: tuple[str, *tuple[int | float, ...]]) -> tuple[Inbox, list[Letter]]:
    """Requests of second 0, and a crowd behind them."""
    inbox = Inbox(Wire().send)
    for address, *arguments in requests:
        inbox.receive_message(OscMessage(address, tuple(arguments)), PAGE, 0.0)
    for number in range(CROWD):
        inbox.receive_message(OscMessage("/mai/ping", (number,)), PAGE, 0.0)
    return inbox, [letter for _ in requests if (letter := inbox.take(0.0)) is not None]


def test_who_waited_too_long_in_a_crowd_is_told_so_and_not_carried_out() -> None:
    inbox, (ping,) = crowded(("/mai/ping", 7))
    assert inbox.why_not(ping, PATIENCE_SECONDS) is None
    assert inbox.why_not(ping, 4.0) == "this has waited for 4.0 s behind many others: send fewer, or wait for answers"
    inbox.take(0.0)  # one fewer waits: no crowd
    assert inbox.why_not(ping, 60.0) is None


def test_silence_the_song_and_who_comes_and_goes_are_never_too_late() -> None:
    requests = ("/mai/panic", 1), ("/mai/stream/stop", 2), ("/mai/transport", 0.0, 120.0, 0), ("/mai/bye", 3)
    inbox, letters = crowded(*requests)
    assert [inbox.why_not(letter, 60.0) for letter in letters] == [None] * 4


def test_malformed_input_of_two_doors_is_counted_to_the_last() -> None:
    inbox = Inbox(Wire().send)

    def datagrams() -> None:
        for _ in range(5000):
            inbox.receive(b"noise", LIVE, 0.0)

    def texts() -> None:
        for _ in range(5000):
            inbox.count_malformed()

    threads = [threading.Thread(target=work) for work in (datagrams, texts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inbox.malformed == 10000


def test_a_letter_tells_when_it_came_and_when_it_had_been_read() -> None:
    inbox = Inbox(Wire().send, stopwatch=lambda: 1.25)
    inbox.receive(build_message("/mai/ping", (7,)), LIVE, 1.0)
    (letter,) = taken(inbox)
    assert (letter.received, letter.read) == (1.0, 1.25)


def test_a_press_waits_until_it_is_taken_whichever_door_it_came_through() -> None:
    inbox = Inbox(Wire().send)
    inbox.receive(build_message("/mai/ping", (1,)), LIVE, 0.0)
    assert not inbox.press_waits
    inbox.receive(build_message("/mai/generate", (2,)), LIVE, 0.0)
    inbox.receive_message(OscMessage("/mai/generate", (3,)), PAGE, 0.0)
    waits = []
    while inbox.take(0.0) is not None:
        waits.append(inbox.press_waits)
    assert waits == [True, True, False]


def test_a_press_that_found_no_room_does_not_wait() -> None:
    inbox = Inbox(Wire().send)
    for number in range(CAPACITY):
        inbox.receive(build_message("/mai/ping", (number,)), LIVE, 0.0)
    inbox.receive(build_message("/mai/generate", (CAPACITY,)), LIVE, 0.0)
    assert not inbox.press_waits


def test_no_press_waits_after_two_that_two_doors_queued_at_once() -> None:
    def stopwatch() -> float:  # the page's press comes between the other's reading and its queueing
        if not came_between:
            came_between.append(True)
            inbox.receive_message(OscMessage("/mai/generate", (2,)), PAGE, 0.0)
        return 0.0

    came_between: list[bool] = []
    inbox = Inbox(Wire().send, stopwatch)
    inbox.receive(build_message("/mai/generate", (1,)), LIVE, 0.0)
    waits = []
    while (letter := inbox.take(0.0)) is not None:
        assert isinstance(letter.request, Generate)
        waits.append((letter.request.id, inbox.press_waits))
    assert waits == [(2, True), (1, False)]
