from __future__ import annotations

from bridge.doors.client import bar_notes
from bridge.pianoroll import Note
from bridge.protocol import answers
from bridge.protocol.osc_packet import MAX_DATAGRAM_BYTES, build_message

NOTES = [Note(40 + number % 40, 100, number / 12, 1 / 12) for number in range(100)]


def test_a_crowded_bar_comes_in_numbered_parts_that_together_are_the_bar() -> None:
    messages = answers.bars(7, 2, 3, 8.0, NOTES)
    assert [message.arguments[:6] for message in messages] == [(7, 2, 3, part, 3, 8.0) for part in range(3)]
    assert [note for message in messages for note in bar_notes(message)[2]] == NOTES
    assert all(len(build_message(m.address, m.arguments)) <= MAX_DATAGRAM_BYTES for m in messages)


def test_a_silent_bar_is_sent_too() -> None:
    (message,) = answers.bars(7, 0, 1, -1.0, [])
    assert message.arguments == (7, 0, 1, 0, 1, -1.0)


def test_many_long_names_are_listed_in_parts_that_fit_and_closed_by_done() -> None:
    names = [f"{number} " + "\N{MUSICAL NOTE}" * 190 for number in range(300)]
    *parts, done = answers.names("/mai/latents", 4, names)
    assert [name for part in parts for name in part.arguments[1:]] == names
    assert all(len(build_message(part.address, part.arguments)) <= MAX_DATAGRAM_BYTES for part in parts)
    assert (done.address, done.arguments) == ("/mai/done", (4,))


def test_many_short_names_keep_to_200_arguments() -> None:
    *parts, _ = answers.names("/mai/latents", 4, [str(number) for number in range(1000)])
    assert all(len(part.arguments) <= 200 for part in parts)
    assert sum(len(part.arguments) - 1 for part in parts) == 1000


def test_an_empty_library_is_listed_as_such() -> None:
    names, done = answers.names("/mai/latents", 4, [])
    assert names.arguments == (4,)
    assert done.address == "/mai/done"


def test_an_error_of_any_length_with_any_text_fits_a_datagram() -> None:
    message = answers.error(1, "/mai/" + "x" * 5000, "internal", "\0 no \N{MUSICAL NOTE}" * 2000)
    assert len(build_message(message.address, message.arguments)) <= MAX_DATAGRAM_BYTES
