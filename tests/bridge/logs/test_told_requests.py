from __future__ import annotations

import json

from bridge.doors.inbox import Letter
from bridge.logs.told_requests import MAX_REQUESTS, told_requests
from bridge.protocol.requests import Clip, LatentSave, Ping, RequestRefused

LIVE = ("127.0.0.1", 50001)


def letter(request: Ping | LatentSave | Clip | RequestRefused, address: str, received: float = 100.0) -> Letter:
    return Letter(request, address, LIVE, received, received)


def test_a_request_is_told_with_its_age_where_it_came_from_and_its_values() -> None:
    (told,) = told_requests([letter(LatentSave(7, "encore"), "/mai/latent/save")], 101.5)
    assert told == {
        "ago": 1.5,
        "from": "127.0.0.1:50001",
        "address": "/mai/latent/save",
        "values": {"id": 7, "name": "encore"},
    }


def test_no_text_of_a_client_is_longer_than_80_characters() -> None:
    long = "\N{MUSICAL NOTE}" * 3000
    letters = [
        letter(LatentSave(1, long), f"/{long}"),
        letter(RequestRefused(2, "/x", "unknown_address", long), "/" + "y" * 4000),
    ]
    for told in told_requests(letters, 100.0):
        texts = [told["address"], told.get("said", ""), told.get("values", {}).get("name", "")]
        assert max(map(len, texts)) == 80


def test_of_a_clip_the_first_notes_are_told_and_how_many_there_were() -> None:
    notes = tuple((60, 100, float(beat), 0.5) for beat in range(40))
    (told,) = told_requests([letter(Clip(1, 0, 1, 2, notes), "/mai/clip")], 100.0)
    assert told["values"]["notes"][:2] == [[60, 100, 0.0, 0.5], [60, 100, 1.0, 0.5]]
    assert told["values"]["notes"][-1] == "… and 32 more"


def test_the_newest_hundred_are_told_in_the_order_in_which_they_came() -> None:
    told = told_requests((letter(Ping(number), "/mai/ping") for number in range(250)), 100.0)
    assert [one["values"]["id"] for one in told] == list(range(150, 250))
    assert len(told) == MAX_REQUESTS == 100


def test_they_are_json_whatever_came() -> None:
    refusal = RequestRefused(-1, "/\ud800", "bad_arguments", "\0\ud800")
    assert json.dumps(told_requests([letter(refusal, "/\ud800")], float("inf")))
    assert told_requests([], 0.0) == []
