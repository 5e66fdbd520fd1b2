"""Who is let in at the UDP door."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.doors.address import HTTP
from bridge.doors.allow_list import THIS_MACHINE, AllowList, NotAllowed, allow_list, is_loopback
from bridge.engine.settings import BridgeSettings

LAPTOP = ("192.168.0.7", 50001)
NEIGHBOUR = ("192.168.1.7", 50001)
HERE = ("127.0.0.1", 50001)


def test_a_bridge_that_is_told_nothing_listens_on_the_loopback() -> None:
    settings = BridgeSettings(Path("a model"), Path("a library"))
    assert is_loopback(settings.host)
    assert allow_list(settings.host, settings.allow) == THIS_MACHINE


def test_this_machine_is_let_in_and_nobody_else() -> None:
    assert THIS_MACHINE.admits(HERE)
    assert THIS_MACHINE.admits(("127.9.9.9", 1))
    assert not THIS_MACHINE.admits(LAPTOP)
    assert THIS_MACHINE.warning is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST"])
def test_these_hosts_are_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "", "192.168.0.5", "0", "127.1", "2130706433", "localhost.example", "::1"])
def test_every_other_host_is_refused_until_somebody_is_named(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(NotAllowed, match=r"--allow 192\.168\.0\.0/24"):
        allow_list(host, ())


def test_the_networks_that_are_named_are_let_in_beside_this_machine() -> None:
    doors = allow_list("0.0.0.0", ["192.168.0.0/24", "10.1.2.3"])
    assert doors.admits(LAPTOP)
    assert doors.admits(("10.1.2.3", 9))
    assert doors.admits(HERE)
    assert not doors.admits(NEIGHBOUR)
    assert not doors.admits(("10.1.2.4", 9))


def test_the_ends_of_a_network_are_let_in_and_their_neighbours_are_not() -> None:
    doors = allow_list("0.0.0.0", ["192.168.0.0/24"])
    assert [doors.admits((host, 1)) for host in ("192.168.0.0", "192.168.0.255")] == [True, True]
    assert [doors.admits((host, 1)) for host in ("192.167.255.255", "192.168.1.0")] == [False, False]


@pytest.mark.parametrize("host", ["", "nobody", "::ffff:192.168.0.7", "192.168.0.7 ", "192.168.000.007", HTTP])
def test_what_is_no_plain_ipv4_address_is_not_let_in(host: str) -> None:
    assert not allow_list("0.0.0.0", ["192.168.0.0/24"]).admits((host, 1))


@pytest.mark.parametrize("text", ["192.168.0.5/24", "192.168.0.0/33", "my-laptop.local", "", "*", "192.168.0", "::/0"])
def test_what_is_no_ipv4_network_is_refused_and_the_sentence_names_it(text: str) -> None:
    with pytest.raises(NotAllowed, match="expected one such as") as refused:
        allow_list("0.0.0.0", ["10.0.0.0/8", text])
    assert repr(text) in str(refused.value)


def test_a_list_that_would_have_no_use_is_refused_rather_than_ignored() -> None:
    with pytest.raises(NotAllowed, match="has no use while the bridge listens on 127"):
        allow_list("127.0.0.1", ["192.168.0.0/24"])


def test_the_warning_names_who_is_let_in_and_what_to_do() -> None:
    warning = allow_list("0.0.0.0", ["192.168.0.0/24", "10.1.2.3"]).warning
    assert warning is not None
    assert "192.168.0.0/24, 10.1.2.3/32" in warning
    assert "without a password" in warning
    assert "Leave out --host" in warning
    assert "127.0.0.0" not in warning


def test_a_list_that_leaves_nobody_out_is_called_what_it_is() -> None:
    assert "EVERYONE" in str(allow_list("0.0.0.0", ["0.0.0.0/0"]).warning)


def test_an_empty_list_lets_nobody_in() -> None:
    assert not AllowList(()).admits(HERE)
