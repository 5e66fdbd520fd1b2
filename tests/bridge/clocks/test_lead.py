"""Two hosts that are open at once: which of them leads the song, and who is told so."""

from __future__ import annotations

import pytest

from bridge.clocks.lead import MOST_OTHERS, Host, Lead

PATIENCE = 15.0

LIVE = Host(9001, "live's port", "Live")
REAPER = Host(9002, "reaper's port", "Reaper")
NOT_FOLLOWED = "Live leads the song: Reaper is not followed until it is started while Live stands still"


class Desk:
    """A lead and the time that it is."""

    def __init__(self) -> None:
        self.lead = Lead(PATIENCE)
        self.now = 100.0

    def say(self, host: Host, playing: bool, after: float = 0.5) -> tuple[bool, str | None]:
        """Whether the message was followed, and what was said."""
        self.now += after
        return self.lead.goes_to(host, playing, self.now), self.lead.hear(host, playing, self.now)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("playing", [True, False])
def test_the_first_that_speaks_leads_and_nothing_is_said(desk: Desk, playing: bool) -> None:
    assert desk.lead.leader is None
    assert desk.say(LIVE, playing) == (True, None)
    assert desk.say(LIVE, not playing) == (True, None)
    assert desk.lead.leader == LIVE


def test_another_that_plays_too_is_not_followed_and_is_told_once(desk: Desk) -> None:
    desk.say(LIVE, True)
    assert desk.say(REAPER, True) == (False, NOT_FOLLOWED)
    assert desk.say(LIVE, True) == (True, None)
    assert desk.say(REAPER, False) == (False, None)
    assert desk.say(REAPER, True) == (False, None), "it was started while the leader plays"


def test_another_that_stands_is_not_followed_while_the_leader_stands(desk: Desk) -> None:
    desk.say(LIVE, False)
    assert desk.say(REAPER, False) == (False, NOT_FOLLOWED)
    assert desk.lead.leader == LIVE


def test_another_that_is_started_while_the_leader_stands_takes_over_and_back(desk: Desk) -> None:
    desk.say(LIVE, False)
    desk.say(REAPER, False)
    taken = "Reaper leads the song: Live is not followed until it is started while Reaper stands still"
    assert desk.say(REAPER, True) == (True, taken)
    assert desk.say(LIVE, False) == (False, None), "it has been told"
    assert desk.say(REAPER, False) == (True, None)
    assert desk.say(LIVE, True) == (True, NOT_FOLLOWED)


def test_one_that_was_never_heard_and_plays_is_a_start(desk: Desk) -> None:
    desk.say(LIVE, False)
    assert desk.say(REAPER, True)[0]


def test_a_stop_does_not_hand_over_to_one_that_plays_until_that_is_started_again(desk: Desk) -> None:
    desk.say(LIVE, True)
    desk.say(REAPER, True)
    desk.say(LIVE, False)
    assert desk.say(REAPER, True) == (False, None)
    assert desk.say(REAPER, False) == (False, None)
    assert desk.say(REAPER, True)[0]


def test_a_leader_that_falls_silent_while_it_plays_is_given_up_in_time_and_not_before(desk: Desk) -> None:
    desk.say(LIVE, True)
    assert desk.say(REAPER, True, after=PATIENCE - 0.1)[0] is False
    assert desk.say(REAPER, True, after=0.2) == (True, "Reaper leads the song now")
    back = "Reaper leads the song: Live is not followed until it is started while Reaper stands still"
    assert desk.say(LIVE, True) == (False, back)


def test_a_leader_that_stands_may_be_silent_for_an_hour(desk: Desk) -> None:
    desk.say(LIVE, False)
    desk.say(REAPER, False)
    assert desk.say(REAPER, False, after=3600.0) == (False, None)
    assert desk.say(REAPER, True)[0]


@pytest.mark.parametrize("playing", [True, False])
def test_whoever_speaks_first_after_the_leader_has_gone_is_followed(desk: Desk, playing: bool) -> None:
    desk.say(LIVE, True)
    desk.say(REAPER, playing)
    desk.lead.forget_leader()
    assert desk.lead.leader is None
    assert desk.say(REAPER, playing) == (True, "Reaper leads the song now")
    assert desk.lead.leader == REAPER


def test_a_leader_that_comes_back_before_anyone_else_speaks_leads_as_before(desk: Desk) -> None:
    desk.say(LIVE, True)
    desk.lead.forget_leader()
    assert desk.say(LIVE, True) == (True, None)
    assert desk.say(REAPER, True)[0] is False


def test_a_host_is_known_by_its_id_or_by_where_its_messages_come_from(desk: Desk) -> None:
    nameless = Host("localhost", LIVE.source, None)
    desk.say(nameless, True)
    assert desk.say(LIVE, True) == (True, None), "it has said hello meanwhile"
    assert desk.say(Host(LIVE.id, "another port", "Live"), True) == (True, None)
    assert desk.say(REAPER, True)[0] is False


def test_devices_of_one_name_lead_one_at_a_time_and_are_not_told(desk: Desk) -> None:
    devices = [Host(9001 + number, f"port {number}", "Live") for number in range(5)]
    for playing in (False, True, True, False, True):
        said = [desk.say(device, playing, after=0.001) for device in devices]
        assert {sentence for _, sentence in said} == {None}
        assert sum(followed for followed, _ in said) <= 2


def test_a_host_without_a_name_and_one_with_a_long_name_are_called_something_short(desk: Desk) -> None:
    desk.say(Host(0, "somewhere", None), True)
    sentence = desk.say(Host(1, "elsewhere", "R" * 1000), True)[1]
    assert sentence is not None
    assert sentence.startswith("a program that said no hello leads the song: RRR")
    assert len(sentence) < 200


def test_what_is_not_told_now_is_told_later(desk: Desk) -> None:
    desk.say(LIVE, True)
    assert desk.lead.hear(REAPER, True, desk.now, tells=False) is None
    assert desk.say(REAPER, True) == (False, NOT_FOLLOWED)


def test_thousands_of_hosts_take_little_room(desk: Desk) -> None:
    desk.say(LIVE, True)
    for number in range(3000):
        assert desk.say(Host(number, f"port {number}", None), True, after=0.001)[0] is False
    assert len(desk.lead._others) == len(desk.lead._told) == MOST_OTHERS
