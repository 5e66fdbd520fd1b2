"""The latents by name: saved, heard again, renamed, deleted, counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from bridge.library import LatentExists, LatentLibrary, SavedLatent, StorageError, UnknownLatent
from bridge.library.latents import IfTaken
from bridge.pianoroll import Roll
from tests.bridge.library.examples import a_latent, a_picture, a_roll, assert_same


def test_a_saved_latent_is_heard_again_after_closing(path: Path) -> None:
    roll = np.random.default_rng(1).random((4, 5, 16, 72)) < 0.1
    with LatentLibrary(path) as library:
        assert library.notice is None
        library.save(a_latent("verse", roll=roll))
        library.save(a_latent("no roll", seed=2))
    with LatentLibrary(path) as library:
        assert library.notice is None
        assert_same(library.get("verse"), a_latent("verse", roll=roll))
        assert_same(library.get("no roll"), a_latent("no roll", seed=2))


@given(
    values=arrays(np.float32, array_shapes(max_dims=1, max_side=40)),
    roll=st.none() | arrays(np.bool_, array_shapes(min_dims=4, max_dims=4, max_side=5)),
    saved_at=st.floats(0, 4e9),
)
@settings(max_examples=60, deadline=None)
def test_values_and_roll_of_any_shape_come_back_bit_for_bit(
    values: np.ndarray[tuple[int], np.dtype[np.float32]], roll: Roll | None, saved_at: float
) -> None:
    latent = SavedLatent("any", "hash", values, roll, saved_at)
    with LatentLibrary.in_memory() as library:
        library.save(latent)
        assert_same(library.get("any"), latent)


def test_arrays_that_are_views_are_saved_as_they_look(library: LatentLibrary) -> None:
    values = np.arange(20, dtype=np.float32)[::-2]
    roll = (np.arange(4 * 3 * 2 * 5).reshape(4, 3, 2, 5) % 7 == 0).transpose(0, 1, 3, 2)
    latent = SavedLatent("view", "hash", values, roll, 0.0)
    library.save(latent)
    assert_same(library.get("view"), latent)


def test_what_get_returns_may_be_changed_without_changing_the_library(library: LatentLibrary) -> None:
    library.save(a_latent("verse", roll=np.ones((1, 1, 2, 3), dtype=np.bool_)))
    heard = library.get("verse")
    heard.values[:] = 0
    assert heard.roll is not None
    heard.roll[:] = False
    assert_same(library.get("verse"), a_latent("verse", roll=np.ones((1, 1, 2, 3), dtype=np.bool_)))


def test_arrays_of_other_dimensions_are_refused_with_their_shapes(library: LatentLibrary) -> None:
    flat_roll = np.zeros((16, 72), dtype=np.bool_)
    with pytest.raises(ValueError, match=r"\(16, 72\)"):
        library.save(a_latent("verse", roll=flat_roll))
    with pytest.raises(ValueError, match=r"\(2, 64\)"):
        library.save(SavedLatent("verse", "hash", np.zeros((2, 64), dtype=np.float32), None, 0.0))
    assert library.names() == []


def test_saving_under_a_name_again_replaces_the_latent(library: LatentLibrary) -> None:
    library.save(a_latent("verse", seed=1, roll=np.ones((1, 1, 2, 3), dtype=np.bool_)))
    library.save(a_latent("verse", seed=2))
    assert library.names() == ["verse"]
    assert_same(library.get("verse"), a_latent("verse", seed=2))


def test_names_come_sorted(library: LatentLibrary) -> None:
    for name in ("verse", "Bridge", "chorus", "ähnlich", "🎸"):
        library.save(a_latent(name))
    assert library.names() == ["Bridge", "chorus", "verse", "ähnlich", "🎸"]


def test_a_deleted_latent_is_gone_and_the_others_stay(library: LatentLibrary) -> None:
    library.save(a_latent("verse"))
    library.save(a_latent("chorus"))
    library.delete("verse")
    assert library.names() == ["chorus"]
    with pytest.raises(UnknownLatent):
        library.delete("verse")


def test_a_renamed_latent_keeps_its_contents(library: LatentLibrary) -> None:
    library.save(a_latent("verse", seed=3))
    library.rename("verse", "verse 2")
    assert library.names() == ["verse 2"]
    assert_same(library.get("verse 2"), a_latent("verse 2", seed=3))


def test_a_rename_to_a_taken_name_changes_nothing(library: LatentLibrary) -> None:
    library.save(a_latent("verse", seed=1))
    library.save(a_latent("chorus", seed=2))
    with pytest.raises(LatentExists, match="'verse' cannot become 'chorus'"):
        library.rename("verse", "chorus")
    assert_same(library.get("verse"), a_latent("verse", seed=1))
    assert_same(library.get("chorus"), a_latent("chorus", seed=2))


def test_a_rename_to_its_own_name_is_no_conflict(library: LatentLibrary) -> None:
    library.save(a_latent("verse"))
    library.rename("verse", "verse")
    assert library.names() == ["verse"]


def test_a_rename_of_an_unknown_latent_is_unknown_even_to_a_taken_name(library: LatentLibrary) -> None:
    library.save(a_latent("chorus"))
    for new in ("verse", "chorus"):
        with pytest.raises(UnknownLatent):
            library.rename("missing", new)
    assert library.names() == ["chorus"]


def test_an_unknown_name_is_answered_with_the_nearest_ones(library: LatentLibrary) -> None:
    for name in ("Verse one", "verse two", "drum solo"):
        library.save(a_latent(name))
    with pytest.raises(UnknownLatent) as caught:
        library.get("VERSE ON")
    message = str(caught.value)
    assert message.startswith("no latent is named 'VERSE ON'; the nearest: 'Verse one'")
    assert "drum solo" not in message
    with pytest.raises(KeyError, match="nor anything near it; 3 have other names"):
        library.get("xyz")


def test_an_unknown_name_in_an_empty_library_says_that_nothing_is_saved(library: LatentLibrary) -> None:
    with pytest.raises(UnknownLatent, match="none has been saved yet"):
        library.get("verse")


def test_a_second_reader_sees_a_save_at_once(library: LatentLibrary, path: Path) -> None:
    library.save(a_latent("verse"))
    with LatentLibrary(path) as other:
        assert other.names() == ["verse"]


def test_closing_twice_is_harmless(path: Path) -> None:
    library = LatentLibrary(path)
    library.close()
    library.close()


def test_a_picture_comes_back_byte_for_byte(library: LatentLibrary) -> None:
    library.save(a_latent("verse", roll=a_roll(), picture=a_picture()))
    assert_same(library.get("verse"), a_latent("verse", roll=a_roll(), picture=a_picture()))


def test_a_picture_that_is_no_png_is_refused(library: LatentLibrary) -> None:
    with pytest.raises(ValueError, match="expected a PNG"):
        library.save(a_latent("verse", picture=b"GIF89a"))
    assert library.names() == []


def test_a_piece_of_many_latents_is_one_long_vector(library: LatentLibrary) -> None:
    piece = SavedLatent("piece", "hash", np.arange(50_000, dtype=np.float32), None, 0.0)
    library.save(piece)
    assert_same(library.get("piece"), piece)


def test_the_count_follows_every_change(library: LatentLibrary) -> None:
    assert library.count() == 0
    library.save(a_latent("verse"))
    library.save(a_latent("chorus"))
    library.save(a_latent("verse", seed=2))
    assert library.count() == 2
    library.rename("verse", "intro")
    assert library.count() == 2
    library.delete("intro")
    assert library.count() == 1
    library.save_all([a_latent("a"), a_latent("b"), a_latent("chorus")], if_taken="replace")
    assert library.count() == 3


def test_a_model_is_known_as_long_as_a_latent_of_it_is_there(library: LatentLibrary) -> None:
    other = replace(a_latent("verse"), model_hash="other")
    library.save_all([a_latent("verse"), a_latent("chorus")])
    assert library.knows_model("ab" * 32)
    assert not library.knows_model("other")
    library.save(other)
    library.delete("chorus")
    assert not library.knows_model("ab" * 32)
    assert library.knows_model("other")
    assert library.count() == 1
    library.rename("verse", "intro")
    library.save(replace(other, name="intro"))
    assert library.knows_model("other")
    assert library.count() == 1
    library.delete("intro")
    assert not library.knows_model("other")
    assert library.count() == 0


def test_what_fails_is_not_counted(library: LatentLibrary) -> None:
    library.save(a_latent("verse"))
    with pytest.raises(LatentExists):
        library.save_all([a_latent("chorus"), a_latent("verse")])
    with pytest.raises(UnknownLatent):
        library.delete("chorus")
    assert library.count() == 1


def test_a_name_that_a_large_library_lacks_is_told_with_its_neighbours_whichever_letters_are_capitals(
    library: LatentLibrary,
) -> None:
    library.save_all([a_latent(f"Take {n:05}") for n in range(1500)])
    for name in ("take 00700", "Take 00700x", "TAKE 00700"):
        with pytest.raises(UnknownLatent, match=f"no latent is named '{name}'; the nearest: 'Take 00700'"):
            library.get(name)
    with pytest.raises(UnknownLatent, match="nor anything near it; 1500 have other names"):
        library.get("~~~")


def test_the_count_follows_the_changes_of_another_program(library: LatentLibrary, path: Path) -> None:
    library.save(a_latent("verse"))
    assert library.count() == 1
    with LatentLibrary(path) as other:
        other.save(a_latent("chorus"))
        assert library.count() == 2
        other.delete("verse")
        other.delete("chorus")
    assert library.count() == 0


def test_summaries_come_in_the_order_of_names(library: LatentLibrary) -> None:
    for name in ("verse", "Bridge"):
        library.save(a_latent(name, roll=a_roll()))
    assert [(one.name, one.model_hash, one.saved_at) for one in library.summaries()] == [
        ("Bridge", "ab" * 32, 1_700_000_000.25),
        ("verse", "ab" * 32, 1_700_000_000.25),
    ]


def test_many_are_saved_together(library: LatentLibrary) -> None:
    many = [a_latent(f"take {n}", seed=n) for n in range(20)]
    assert library.save_all(many) == []
    for latent in many:
        assert_same(library.get(latent.name), latent)


@pytest.mark.parametrize(("if_taken", "seed_heard"), [("replace", 9), ("keep", 0)])
def test_of_many_those_with_a_taken_name_replace_or_give_way(
    library: LatentLibrary, if_taken: IfTaken, seed_heard: int
) -> None:
    library.save(a_latent("verse"))
    taken = library.save_all([a_latent("verse", seed=9), a_latent("chorus", seed=9)], if_taken)
    assert taken == ["verse"]
    assert_same(library.get("verse"), a_latent("verse", seed=seed_heard))
    assert_same(library.get("chorus"), a_latent("chorus", seed=9))


def test_of_many_none_is_saved_where_a_name_is_taken(library: LatentLibrary) -> None:
    for n in range(8):
        library.save(a_latent(f"take {n}"))
    with pytest.raises(LatentExists, match=r"'take 0', .*'take 4' and 2 more$"):
        library.save_all([a_latent("new"), *(a_latent(f"take {n}", seed=9) for n in range(7))])
    assert library.count() == 8
    assert_same(library.get("take 0"), a_latent("take 0"))


def test_of_many_none_is_saved_where_one_cannot_be(library: LatentLibrary) -> None:
    with pytest.raises(ValueError, match="control character"):
        library.save_all([a_latent("verse"), a_latent("a\nb")])
    with pytest.raises(ValueError, match="more than one latent is named 'verse'"):
        library.save_all([a_latent("verse"), a_latent("verse", seed=2), a_latent("chorus")])
    library._connection.execute("PRAGMA max_page_count = 30")
    with pytest.raises(StorageError, match="free some space"):
        library.save_all([a_latent(f"take {n}", roll=a_roll()) for n in range(100)])
    assert library.names() == []
    library.save(a_latent("verse"))
    assert library.names() == ["verse"]
