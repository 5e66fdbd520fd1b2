"""What a latent may be called."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.library import MAX_NAME_LENGTH, LatentLibrary, check_name, latents
from tests.bridge.library.examples import a_latent, assert_same

PRINTABLE_NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=MAX_NAME_LENGTH
)


@given(names=st.lists(PRINTABLE_NAMES, unique=True, max_size=5))
@settings(max_examples=100, deadline=None)
def test_any_printable_name_is_just_a_name(names: list[str]) -> None:
    with LatentLibrary.in_memory() as library:
        for seed, name in enumerate(names):
            library.save(a_latent(name, seed))
        assert library.names() == sorted(names)
        for seed, name in enumerate(names):
            assert_same(library.get(name), a_latent(name, seed))


@pytest.mark.parametrize("count", [0, 1, 3, 6, 7])
def test_each_name_comes_once_and_in_order_however_many_are_read_at_once(
    library: LatentLibrary, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latents, "_PAGE", 3)
    for name in ["verse", "Verse", "👩🏽‍🎤", "\uffff", "0", "é", "zz"][:count]:
        library.save(a_latent(name))
    assert list(library.each_name()) == library.names()
    assert len(library.names()) == count


def test_what_is_deleted_while_names_are_read_ends_nothing(
    library: LatentLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latents, "_PAGE", 2)
    for name in "abcdef":
        library.save(a_latent(name))
    reading = library.each_name()
    assert [next(reading), next(reading)] == ["a", "b"]
    for name in "bd":
        library.delete(name)
    assert list(reading) == ["c", "e", "f"]


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a/b\\c", 'it\'s "quoted"', "'; DROP TABLE latents; --", "👩🏽‍🎤", " ", "%_*?", "x" * 200],
)
def test_slashes_quotes_and_emoji_are_letters_like_others(library: LatentLibrary, name: str) -> None:
    library.save(a_latent(name))
    library.save(a_latent("other"))
    assert_same(library.get(name), a_latent(name))
    library.rename(name, "plain")
    assert library.names() == ["other", "plain"]


@pytest.mark.parametrize("name", ["", "x" * 201, "a\0b", "a\nb", "\x7f", "\x85", "\u2028", "\ud800"])
def test_control_characters_and_overlong_names_are_refused_everywhere(library: LatentLibrary, name: str) -> None:
    library.save(a_latent("verse"))
    with pytest.raises(ValueError, match="the name"):
        check_name(name)
    with pytest.raises(ValueError, match="the name"):
        library.save(a_latent(name))
    with pytest.raises(ValueError, match="the name"):
        library.get(name)
    with pytest.raises(ValueError, match="the name"):
        library.delete(name)
    with pytest.raises(ValueError, match="the name"):
        library.rename("verse", name)
    assert library.names() == ["verse"]
