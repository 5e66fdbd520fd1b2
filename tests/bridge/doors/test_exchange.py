from __future__ import annotations

import json

import pytest

from bridge.doors.exchange import JSON, MARKER, PLAIN_TEXT, AnswerFormat, Exchange, answer_format, read_target
from bridge.doors.text_values import MalformedMessage
from bridge.protocol import answers
from bridge.protocol.osc_packet import OscMessage


class Finish:
    """Counts how often an exchange said that it has finished."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def exchange(message: OscMessage, form: AnswerFormat = PLAIN_TEXT) -> tuple[Exchange, Finish]:
    finish = Finish()
    return Exchange(message, form, finish), finish


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/v1/mai/ping", OscMessage("/mai/ping", ())),
        ("/v1/mai/ping?", OscMessage("/mai/ping", ())),
        ("/v1/mai/ping?args=", OscMessage("/mai/ping", ())),
        ("/v1/mai/generate?args=7,42", OscMessage("/mai/generate", (7, 42))),
        ("/v1/mai/generate?args=7%2C42", OscMessage("/mai/generate", (7, 42))),
        ("/v1/mai/latent/save?args=7,my%20song", OscMessage("/mai/latent/save", (7, "my song"))),
        ("/v1/mai/latent/save?args=7,my+song", OscMessage("/mai/latent/save", (7, "my song"))),
        ("/v1/mai/latent/save?args=7,a%2Bb", OscMessage("/mai/latent/save", (7, "a+b"))),
        ("/v1/mai/latent/save?args=7,%2242%22", OscMessage("/mai/latent/save", (7, "42"))),
        ("/v1/mai/latent/save?args=7,%22a,b%22", OscMessage("/mai/latent/save", (7, "a,b"))),
        ("/v1/mai/latent/save?args=7,%C3%A9", OscMessage("/mai/latent/save", (7, "é"))),
        ("/v1/mai/sing?args=7", OscMessage("/mai/sing", (7,))),
    ],
)
def test_a_path_and_its_args_are_a_message(target: str, message: OscMessage) -> None:
    assert read_target(target) == message


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("/v1/mai/ping?args=1&args=2", "the fields args, args, expected args alone, once"),
        ("/v1/mai/ping?arg=1", "the fields arg, expected"),
        ("/v1/mai/ping?args=1&x=2", "the fields args, x, expected"),
        ("/v1/mai/ping?7,42", "expected args=value,value"),
        ("/v1/mai/ping?args=%FF", "expected args=value,value"),
        ("/v1/mai/ping?args=1,,2", "argument 1 is empty"),
        ("/v1/mai/ping?args=%00", "without NUL"),
        ("/v1/mai/ping?args=" + ",".join("1" * 201), "has 201 arguments"),
    ],
)
def test_a_query_that_is_no_list_of_values_is_refused(target: str, says: str) -> None:
    with pytest.raises(MalformedMessage, match=says):
        read_target(target)


@pytest.mark.parametrize(
    ("accepted", "form"),
    [
        ([], PLAIN_TEXT),
        (["*/*"], PLAIN_TEXT),
        (["text/plain"], PLAIN_TEXT),
        (["application/jsonp"], PLAIN_TEXT),
        (["application/json"], JSON),
        (["Application/JSON; charset=utf-8"], JSON),
        (["text/html, application/json;q=0.9", "*/*"], JSON),
    ],
)
def test_json_is_for_who_asks_for_it(accepted: list[str], form: AnswerFormat) -> None:
    assert answer_format(accepted) is form


def test_an_exchange_finishes_with_its_closing_answer_and_lets_the_rest_go() -> None:
    one, finish = exchange(OscMessage("/mai/generate", (7, 42)))
    one.take(answers.bars(7, 0, 0, -1.0, [])[0])
    assert finish.count == 0
    one.take(answers.done(7, "abc"))
    one.take(answers.bars(7, 0, 0, 4.0, [])[0])
    one.take(answers.done(7))
    assert finish.count == 1
    assert one.body() == "/mai/bar 7 0 0 0 1 -1.0\n/mai/done 7 abc\nend\n"


def test_json_answers_are_one_list() -> None:
    one, _ = exchange(OscMessage("/mai/latent/list", (7,)), JSON)
    for message in answers.names("/mai/latents", 7, ["A", "my song"]):
        one.take(message)
    assert json.loads(one.body()) == [["/mai/latents", 7, "A", "my song"], ["/mai/done", 7]]


def test_an_error_closes_whatever_was_asked() -> None:
    one, finish = exchange(OscMessage("/mai/get", (7, "volume")))
    one.take(answers.error(7, "/mai/get", "unknown_name", "no volume"))
    assert finish.count == 1
    assert one.body() == '/mai/error 7 /mai/get unknown_name "no volume"\nend\n'


def test_giving_up_is_an_error_after_the_answers_so_far_and_nothing_after_the_end() -> None:
    one, finish = exchange(OscMessage("/mai/generate", (7, 42)))
    one.take(answers.bars(7, 0, 0, -1.0, [])[0])
    one.give_up("busy", "no answer")
    one.give_up("busy", "no answer")
    assert finish.count == 1
    assert one.body() == '/mai/bar 7 0 0 0 1 -1.0\n/mai/error 7 /mai/generate busy "no answer"\nend\n'


@pytest.mark.parametrize("arguments", [(), ("seven",), (7.5,)])
def test_giving_up_names_no_request_where_its_number_cannot_be_read(arguments: tuple[str | float, ...]) -> None:
    one, _ = exchange(OscMessage("/mai/ping", arguments))
    one.give_up("busy", "no answer")
    assert one.body().startswith("/mai/error -1 /mai/ping busy")


def test_the_pong_of_a_ping_is_its_answer_and_no_marker() -> None:
    one, finish = exchange(OscMessage("/mai/ping", (7,)))
    assert not one.needs_marker
    one.take(OscMessage("/mai/pong", (7, 1.0, 0, 0)))
    assert finish.count == 1
    assert one.body() == "/mai/pong 7 1.0 0 0\nend\n"


class TestARequestThatOnlyAnErrorAnswers:
    """A clip in parts has no answer of its own: the marker behind it tells that it has been dealt with."""

    @pytest.fixture
    def unanswered(self) -> tuple[Exchange, Finish]:
        return exchange(OscMessage("/mai/clip", (7, 0, 1, 0)))

    def test_ends_empty_when_the_marker_comes_back(self, unanswered: tuple[Exchange, Finish]) -> None:
        one, finish = unanswered
        assert one.needs_marker
        one.take(OscMessage("/mai/pong", (*MARKER.arguments, 1.0, 0, 0)))
        assert finish.count == 1
        assert one.body() == "end\n"

    def test_ends_with_the_error_that_came_before_the_marker(self, unanswered: tuple[Exchange, Finish]) -> None:
        one, finish = unanswered
        one.take(answers.error(7, "/mai/clip", "out_of_range", "no such track"))
        one.take(OscMessage("/mai/pong", (*MARKER.arguments, 1.0, 0, 0)))
        assert finish.count == 1
        assert one.body() == '/mai/error 7 /mai/clip out_of_range "no such track"\nend\n'
