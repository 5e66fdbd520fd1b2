"""A peer on the command line: requests by oscsend, answers read from oscdump."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge import __version__
from tests.peers.bridge_process import RunningBridge, serve
from tests.peers.liblo import LibloClient, Words, needs_liblo

pytestmark = needs_liblo

BARS, TRACKS = 4, 5
# With this threshold each of the tiny model's bars is a few notes in one message.
SPARSE = 0.7
# So that the noise gets past the first check: nothing, an address, an address with type tags, a bundle's head.
BEGINNINGS = (b"", b"/mai/generate\0\0\0", b"/mai/set\0\0\0\0,isf\0\0\0\0", b"#bundle\0" + bytes(8))


# With this one most take several.
FULL = 0.5


@pytest.fixture
def peer(running_bridge: RunningBridge) -> Iterator[LibloClient]:
    with LibloClient(running_bridge.port) as client:
        client.hello()
        yield client
        # A second client would leave the bridge in doubt whose the messages from oscsend's new ports are.
        client.ask("/mai/bye", "i", 99)


@pytest.fixture(scope="module")
def refused_peer(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibloClient]:
    """One peer and one bridge for all requests that are refused: a refused request changes nothing."""
    library = tmp_path_factory.mktemp("library") / "library.sqlite"
    with serve(tiny_model, library) as bridge, LibloClient(bridge.port) as client:
        client.hello()
        yield client


@pytest.fixture
def sparse_peer(peer: LibloClient) -> LibloClient:
    set_threshold(peer, SPARSE)
    return peer


def set_threshold(peer: LibloClient, threshold: float) -> None:
    written = f"{threshold:.6f}"
    assert peer.ask("/mai/set", "isf", 2, "threshold", threshold) == [("/mai/done", "isf", "2", "threshold", written)]
    assert peer.hear("/mai/changed") == [("/mai/changed", "sf", "threshold", written)]


def places(messages: list[Words]) -> list[tuple[int, int, int]]:
    """(bar, track, part) of each /mai/bar message, in the order they came."""
    return [(int(words[3]), int(words[4]), int(words[5])) for words in messages if words[0] == "/mai/bar"]


def notes(messages: list[Words]) -> list[Words]:
    """What the /mai/bar messages say after their id, to the digit."""
    return [words[3:] for words in messages if words[0] == "/mai/bar"]


def test_the_welcome_tells_the_band(peer: LibloClient) -> None:
    grid = (str(BARS), "4", "12")
    names = ("Drums", "Piano", "Guitar", "Bass", "Strings")
    assert peer.hello()[1:] == ("isisiiisssss", "1", __version__, "1", "tiny 0", *grid, *names)


def test_generate_is_answered_by_twenty_bars_in_order_and_then_done(sparse_peer: LibloClient) -> None:
    answer = sparse_peer.ask("/mai/generate", "ii", 7, 42)
    assert places(answer) == [(bar, track, 0) for bar in range(BARS) for track in range(TRACKS)]
    assert len(answer) == 21
    assert {words[2] for words in answer} == {"7"}
    assert {(words[6], words[7]) for words in answer[:-1]} == {("1", "-1.000000")}  # one part, not in the song yet
    assert answer[-1][:2] == ("/mai/done", "is")
    sounding = [len(words) - 8 for words in answer[:-1]]
    assert sum(sounding) > 0
    assert all(values % 4 == 0 for values in sounding)


def test_a_full_bar_comes_in_numbered_parts_of_at_most_48_notes(peer: LibloClient) -> None:
    set_threshold(peer, FULL)
    bars = peer.ask("/mai/generate", "ii", 7, 42)[:-1]
    assert places(bars) == sorted(places(bars))
    for bar in range(BARS):
        for track in range(TRACKS):
            parts = [words for words in bars if (int(words[3]), int(words[4])) == (bar, track)]
            assert [int(words[5]) for words in parts] == list(range(len(parts)))
            assert {int(words[6]) for words in parts} == {len(parts)}
            counts = [(len(words) - 8) // 4 for words in parts]
            assert all(count == 48 for count in counts[:-1])
            assert counts[-1] <= 48
    assert len(bars) > BARS * TRACKS, "no bar was full: the test says nothing"


def test_the_same_seed_gives_the_same_notes_and_another_seed_others(sparse_peer: LibloClient) -> None:
    first = sparse_peer.ask("/mai/generate", "ii", 3, 42)
    other = sparse_peer.ask("/mai/generate", "ii", 4, 43)
    again = sparse_peer.ask("/mai/generate", "ii", 5, 42)
    assert notes(again) == notes(first)
    assert notes(other) != notes(first)


def test_two_saved_latents_are_recalled_and_morphed(sparse_peer: LibloClient) -> None:
    at_a = sparse_peer.ask("/mai/generate", "ii", 3, 1)
    assert sparse_peer.ask("/mai/latent/save", "is", 4, "A") == [("/mai/done", "is", "4", "A")]
    at_b = sparse_peer.ask("/mai/generate", "ii", 5, 2)
    assert sparse_peer.ask("/mai/latent/save", "is", 6, "B") == [("/mai/done", "is", "6", "B")]
    between = sparse_peer.ask("/mai/morph", "isfsf", 7, "A", 0.5, "B", 0.5)
    assert notes(between) not in (notes(at_a), notes(at_b))
    assert len(notes(between)) == BARS * TRACKS
    assert notes(sparse_peer.ask("/mai/morph", "isfsf", 8, "A", 1.0, "B", 0.0)) == notes(at_a)
    assert notes(sparse_peer.ask("/mai/latent/recall", "is", 9, "B")) == notes(at_b)
    assert sparse_peer.ask("/mai/latent/list", "i", 10)[0] == ("/mai/latents", "iss", "10", "A", "B")


@pytest.mark.parametrize(
    ("address", "types", "values", "request_id", "code"),
    [
        ("/mai/improvise", "i", (5,), "5", "unknown_address"),
        ("/mai/*", "i", (5,), "5", "unknown_address"),
        ("/Mai/generate", "i", (5,), "5", "unknown_address"),
        ("/mai/generate", "", (), "-1", "bad_arguments"),
        ("/mai/generate", "s", ("seven",), "-1", "bad_arguments"),
        ("/mai/generate", "is", (5, "x"), "5", "bad_arguments"),
        ("/mai/generate", "if", (5, 1.5), "5", "bad_arguments"),
        ("/mai/generate", "iiii", (5, 1, 4, 9), "5", "bad_arguments"),
        ("/mai/generate", "iii", (5, 1, 999), "5", "out_of_range"),
        ("/mai/generate", "ih", (5, 2**40), "5", "out_of_range"),
        ("/mai/morph", "isfs", (5, "A", 0.5, "B"), "5", "bad_arguments"),
        ("/mai/morph", "isf", (5, "A", float("nan")), "5", "bad_arguments"),
        ("/mai/morph", "isf", (5, "A", -1.0), "5", "out_of_range"),
        ("/mai/morph", "isf", (5, "nobody", 1.0), "5", "unknown_name"),
        ("/mai/latent/recall", "is", (5, "nobody"), "5", "unknown_name"),
        ("/mai/latent/save", "is", (5, "too early"), "5", "not_ready"),
        ("/mai/set", "isf", (5, "loudness", 1.0), "5", "unknown_name"),
        ("/mai/set", "isf", (5, "threshold", 2.0), "5", "out_of_range"),
        ("/mai/hello", "isi", (5, "tester", 70000), "5", "out_of_range"),
    ],
)
def test_a_request_that_cannot_be_carried_out_is_answered_with_its_code(
    refused_peer: LibloClient, address: str, types: str, values: tuple[object, ...], request_id: str, code: str
) -> None:
    answered_id, answered_address, answered_code, sentence = refused_peer.refused(address, types, *values)
    assert (answered_id, answered_address, answered_code) == (request_id, address, code)
    assert len(sentence) > 10


def test_a_hello_in_another_protocol_is_refused_where_it_listens(refused_peer: LibloClient) -> None:
    answer = refused_peer.refused("/mai/hello", "isii", 5, "tester", refused_peer.port, 2)
    assert answer[:3] == ("5", "/mai/hello", "out_of_range")


def test_whole_floats_are_taken_for_integers_and_booleans_for_numbers(sparse_peer: LibloClient) -> None:
    as_integers = sparse_peer.ask("/mai/generate", "ii", 3, 42)
    assert notes(sparse_peer.ask("/mai/generate", "ff", 3.0, 42.0)) == notes(as_integers)
    assert notes(sparse_peer.ask("/mai/generate", "hd", 3, 42.0)) == notes(as_integers)
    assert sparse_peer.ask("/mai/generate", "iiT", 3, 42)[-1][:3] == ("/mai/done", "is", "3")


def test_after_a_burst_of_random_datagrams_the_same_request_gives_the_same_notes(sparse_peer: LibloClient) -> None:
    before = sparse_peer.ask("/mai/generate", "ii", 3, 42)
    chance = random.Random(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.settimeout(5.0)
        stranger.connect(("127.0.0.1", sparse_peer.bridge_port))
        for _ in range(300):
            stranger.send(chance.choice(BEGINNINGS) + chance.randbytes(chance.randrange(80)))
        answered = stranger.recv(4096)
    assert answered.startswith(b"/mai/error")
    assert b"malformed" in answered
    assert notes(sparse_peer.ask("/mai/generate", "ii", 3, 42)) == notes(before)


def test_a_peer_that_said_bye_is_sent_nothing_any_more(sparse_peer: LibloClient) -> None:
    assert sparse_peer.ask("/mai/bye", "i", 3) == [("/mai/done", "i", "3")]
    sparse_peer.send("/mai/generate", "ii", 4, 42)
    sparse_peer.send("/mai/hello", "isi", 5, "tester", sparse_peer.port)
    assert [words[0] for words in sparse_peer.hear("/mai/welcome")] == ["/mai/welcome"]
