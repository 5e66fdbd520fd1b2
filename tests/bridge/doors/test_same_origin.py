from __future__ import annotations

import pytest

from bridge.doors.same_origin import why_foreign, why_foreign_fetch


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost", None),
        ("localhost:7772", None),
        ("LocalHost:7772", None),
        ("127.0.0.1:7772", None),
        ("[::1]:7772", None),
        ("[::1]", None),
        ("127.0.0.1:7772", "http://127.0.0.1:7772"),
        ("localhost:9000", "http://localhost:9000"),
        ("localhost", "HTTP://LOCALHOST"),
    ],
)
def test_programs_of_this_machine_and_the_bridges_own_page_are_welcome(host: str, origin: str | None) -> None:
    assert why_foreign([host], [] if origin is None else [origin]) is None


@pytest.mark.parametrize(
    "host",
    [
        "",
        "example.com",
        "example.com:7772",
        "localhost.example.com",
        "localhost.",
        "localhost:7772.example.com",
        "127.0.0.1.example.com",
        "127.0.0.2",
        "127.0.0.11",
        "127a0b0c1",
        "192.168.1.2:7772",
        "0.0.0.0:7772",
        "::1",
        "[::1",
        "user@localhost",
        "localhost:",
        "localhost:x",
        "localhost:7772\n",
        " localhost",
    ],
)
def test_another_name_for_this_machine_is_refused_since_a_site_may_have_made_it(host: str) -> None:
    assert "expected localhost" in str(why_foreign([host], []))


def test_a_host_is_given_exactly_once() -> None:
    assert "Host is missing" in str(why_foreign([], []))
    assert "Host is localhost, example.com" in str(why_foreign(["localhost", "example.com"], []))


@pytest.mark.parametrize(
    "origin",
    [
        "http://example.com",
        "https://localhost:7772",
        "http://localhost",
        "http://localhost:3000",
        "http://127.0.0.1:7772",
        "http://localhost:7772.example.com",
        "http://localhost:77720",
        "http://localhost:7772/",
        "file://",
        "null",
        "",
    ],
)
def test_the_page_of_another_site_is_refused_also_one_of_this_machine(origin: str) -> None:
    refusal = why_foreign(["localhost:7772"], [origin])
    assert "expected http://localhost:7772" in str(refusal)


def test_one_good_origin_does_not_cover_a_bad_one() -> None:
    assert why_foreign(["localhost"], ["http://localhost", "http://example.com"]) is not None


@pytest.mark.parametrize(
    ("site", "welcome"),
    [("same-origin", True), ("none", True), ("cross-site", False), ("same-site", False), ("", False)],
)
def test_an_image_or_link_of_another_site_is_told_by_its_fetch_header(site: str, welcome: bool) -> None:
    assert (why_foreign_fetch([site]) is None) is welcome


def test_programs_without_fetch_headers_are_welcome() -> None:
    assert why_foreign_fetch([]) is None
