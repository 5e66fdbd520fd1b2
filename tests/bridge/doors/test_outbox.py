from __future__ import annotations

from bridge.doors.address import WEB_SOCKET, Address
from bridge.doors.clients import ClientRegistry
from bridge.doors.outbox import BROADCAST_ID, Outbox
from bridge.pianoroll import Note
from tests.fakes import Wire

LIVE: Address = ("127.0.0.1", 50001)
REAPER: Address = ("127.0.0.1", 50002)
PAGE: Address = (WEB_SOCKET, 1)
STRANGER: Address = (WEB_SOCKET, 2)
NOTES = [[Note(36, 100, 0.0, 0.5)], [Note(60, 100, beat / 60, 1 / 60) for beat in range(60)]]


def outbox(*sources: Address) -> tuple[Outbox, ClientRegistry, Wire]:
    registry, wire = ClientRegistry(), Wire()
    for source in sources:
        registry.hello("client", source, 0, 0.0)
    return Outbox(registry, wire.send), registry, wire


def heard(wire: Wire, address: Address) -> list[tuple[int | float | str, ...]]:
    """(id, bar, track, part, parts) of what came there."""
    return [message.arguments[:5] for message in wire.to(address)]


def test_every_client_hears_a_bar_through_its_own_door_the_asker_with_its_id() -> None:
    box, _, wire = outbox(LIVE, REAPER, PAGE)
    box.bar(7, 0, -1.0, NOTES, PAGE)
    assert heard(wire, PAGE) == [(7, 0, 0, 0, 1), (7, 0, 1, 0, 2), (7, 0, 1, 1, 2)]
    for other in (LIVE, REAPER):
        assert heard(wire, other) == [(BROADCAST_ID, *place) for _, *place in heard(wire, PAGE)]


def test_a_web_socket_that_never_said_hello_hears_what_it_asked_for() -> None:
    box, _, wire = outbox(LIVE)
    box.bar(7, 0, -1.0, NOTES, STRANGER)
    assert [one[0] for one in heard(wire, STRANGER)] == [7, 7, 7]
    assert [one[0] for one in heard(wire, LIVE)] == [BROADCAST_ID] * 3


def test_subscriptions_narrow_the_asker_and_the_others() -> None:
    box, registry, wire = outbox(LIVE, PAGE)
    registry.subscribe(LIVE, frozenset({0}))
    registry.subscribe(PAGE, frozenset({1}))
    box.bar(7, 2, 8.0, NOTES, LIVE)
    assert heard(wire, LIVE) == [(7, 2, 0, 0, 1)]
    assert heard(wire, PAGE) == [(BROADCAST_ID, 2, 1, 0, 2), (BROADCAST_ID, 2, 1, 1, 2)]


def test_a_bar_nobody_asked_for_any_more_goes_to_the_others_alone() -> None:
    box, _, wire = outbox(LIVE)
    box.bar(7, 0, 4.0, NOTES, None)
    assert {receiver for _, receiver in wire.sent} == {LIVE}


def test_one_message_is_made_for_all_who_hear_the_same() -> None:
    box, _, wire = outbox(LIVE, REAPER, PAGE)
    box.bar(7, 0, -1.0, NOTES[:1], None)
    messages = [message for message, _ in wire.sent]
    assert len(messages) == 3
    assert messages[0] is messages[1] is messages[2]
