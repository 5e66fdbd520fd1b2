"""Undo and redo as far as they go, and back, thousands of times: every step is note for note the phrase that it was.

A client that has subscribed to one track is sent a fifth of the messages: on each way another track is heard at every
step, and all of them at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.doors.client import BridgeClient, BridgeError
from bridge.protocol.osc_packet import OscMessage
from tests.peers.bridge_process import serve

EDITS = 1000  # as many as the bridge promises to remember
TRACKS = 5
ROUNDS = 5  # each undoes all and redoes all: 10,000 steps; a track each
THRESHOLD = 0.8  # a hundred notes or two in a phrase
EDITS_A_PHRASE = 2  # a new phrase, then a track or a bar of it

Part = tuple[int | float | str, ...]  # the arguments of a /mai/bar from its part number on
Phrase = dict[tuple[int, int], tuple[Part, ...]]  # by bar and track


@dataclass(frozen=True)
class Walk:
    """A way through the history as far as it goes."""

    steps: int
    different: list[int]  # numbers of the edits that sounded otherwise than when they were made
    beyond: str  # the error's code of one step more


@dataclass(frozen=True)
class Evening:
    """1,000 edits, and the walks there and back."""

    phrases: list[Phrase]  # after each edit
    undone: list[Walk]
    redone: list[Walk]
    after_a_new_edit: str  # the code of a redo when the redone has been branched off from


def answered(messages: Sequence[OscMessage]) -> Phrase:
    """The bars of an answer."""
    parts: dict[tuple[int, int], list[Part]] = {}
    for message in messages[:-1]:
        bar, track = message.arguments[1:3]
        parts.setdefault((int(bar), int(track)), []).append(message.arguments[3:])
    return {place: tuple(here) for place, here in parts.items()}


def edit(client: BridgeClient, number: int) -> Phrase:
    """The `number`th change; what it changed."""
    if number % EDITS_A_PHRASE == 0:
        return answered(client.request("/mai/generate", number))
    return answered(client.request("/mai/regenerate", number % (TRACKS + 1) - 1, number % 7 % 5 - 1, number))


def walk(client: BridgeClient, address: str, expected: Sequence[Phrase], track: int) -> Walk:
    """Steps until the bridge says that there is no more; hears one track, and at the expected end the whole phrase."""
    steps = 0
    different: list[int] = []
    client.request("/mai/subscribe", track)
    while True:
        if steps == len(expected) - 1:
            client.request("/mai/subscribe")
        try:
            phrase = answered(client.request(address))
        except BridgeError as problem:
            return Walk(steps, different, problem.code)
        if steps >= len(expected) or phrase != heard(expected[steps], track, whole=steps == len(expected) - 1):
            different.append(steps)
        steps += 1


def heard(phrase: Phrase, track: int, whole: bool) -> Phrase:
    """What a client is sent that has subscribed to one track, or to all."""
    return {place: parts for place, parts in phrase.items() if whole or place[1] == track}


@pytest.fixture(scope="module")
def evening(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Evening:
    with (
        serve(tiny_model, tmp_path_factory.mktemp("library") / "library.sqlite") as bridge,
        BridgeClient(bridge.address) as client,
    ):
        client.request("/mai/hello", "editor", 0)
        client.request("/mai/set", "threshold", THRESHOLD)
        phrases: list[Phrase] = [answered(client.request("/mai/generate", 0))]
        for number in range(1, EDITS + 1):
            phrases.append(phrases[-1] | edit(client, number))
        undone: list[Walk] = []
        redone: list[Walk] = []
        for number in range(ROUNDS):
            undone.append(walk(client, "/mai/history/undo", phrases[-2::-1], number % TRACKS))
            redone.append(walk(client, "/mai/history/redo", phrases[1:], number % TRACKS))
        client.request("/mai/history/undo")
        client.request("/mai/generate", EDITS + 1)
        return Evening(phrases, undone, redone, walk(client, "/mai/history/redo", [], 0).beyond)


def test_a_thousand_edits_can_be_undone_and_redone_to_the_last_one(evening: Evening) -> None:
    assert [walk.steps for walk in (*evening.undone, *evening.redone)] == [EDITS] * 2 * ROUNDS
    assert {walk.beyond for walk in (*evening.undone, *evening.redone)} == {"not_ready"}


def test_every_step_there_and_back_is_note_for_note_what_it_was(evening: Evening) -> None:
    assert all(len(phrase) == 4 * TRACKS for phrase in evening.phrases)
    changed = sum(before != after for before, after in zip(evening.phrases, evening.phrases[1:], strict=False))
    assert changed > 0.99 * EDITS, "the edits changed nothing"
    assert [walk.different for walk in (*evening.undone, *evening.redone)] == [[]] * 2 * ROUNDS


def test_a_new_edit_after_an_undo_leaves_nothing_to_redo(evening: Evening) -> None:
    assert evening.after_a_new_edit == "not_ready"
