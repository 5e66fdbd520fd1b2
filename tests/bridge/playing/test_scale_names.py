from __future__ import annotations

import pytest

from bridge.playing.scale_names import LETTERS, SCALES, key_name, key_pitch_class, scale_name
from bridge.protocol.arguments import ArgumentRefused


@pytest.mark.parametrize(
    ("text", "name", "pitch_class"),
    [
        ("C", "C", 0),
        (" d ", "D", 2),
        ("c#", "C#", 1),
        ("Db", "Db", 1),
        ("DB", "Db", 1),
        ("F♯", "F#", 6),
        ("b♭", "Bb", 10),
        ("B", "B", 11),
        ("b", "B", 11),
        ("bb", "Bb", 10),
        ("Cb", "Cb", 11),
        ("B#", "B#", 0),
    ],
)
def test_a_key_is_read_in_every_spelling(text: str, name: str, pitch_class: int) -> None:
    assert key_name(text) == name
    assert key_pitch_class(name) == pitch_class


def test_the_seven_letters_are_the_white_keys() -> None:
    assert sorted(key_pitch_class(key_name(letter)) for letter in LETTERS) == list(SCALES["major"])


@pytest.mark.parametrize("text", ["", "H", "C##", "Am", "C major", "#", "1", "c" * 200])
def test_what_is_no_key_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ArgumentRefused, match=r"expected off, or C to B with # or b") as refused:
        key_name(text)
    assert refused.value.code == "out_of_range"
    assert len(str(refused.value)) < 160


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Major", "major"),
        ("Harmonic Minor", "harmonic_minor"),
        ("whole-tone", "whole_tone"),
        ("Minor Blues", "blues"),
        ("Aeolian", "minor"),
    ],
)
def test_a_scale_is_read_as_hosts_spell_it(text: str, name: str) -> None:
    assert scale_name(text) == name


def test_off_is_a_key_and_a_scale() -> None:
    assert (key_name("OFF"), scale_name("Off")) == ("off", "off")


def test_an_unknown_scale_is_refused_with_all_there_are() -> None:
    with pytest.raises(ArgumentRefused, match="scale is 'banana', expected one of: major, minor, dorian") as refused:
        scale_name("banana")
    assert all(name in str(refused.value) for name in (*SCALES, "off"))


def test_every_scale_starts_on_its_key_note_and_rises_within_the_octave() -> None:
    for steps in SCALES.values():
        assert steps[0] == 0
        assert list(steps) == sorted(set(steps))
        assert steps[-1] < 12
