"""Every handle of a latent is brought nearer to the notes that it moves."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.contract import LatentLayout, ModelContract
from bridge.engine.handle_search import HandleSearch, handle_rounds
from bridge.engine.latent_search import LatentSearch
from bridge.engine.latents import Latent, draw_latent
from bridge.engine.likeness import Likeness
from bridge.pianoroll import Roll
from tests.bridge.engine.grid_pattern import GridPattern


def phrase_of(generator: GridPattern, latent: Latent) -> dict[int, Roll]:
    roll = generator(latent, range(generator.contract.bars)) > 0.0
    return {track: roll[:, track] for track in range(5)}


def near(generator: GridPattern, seed: int) -> tuple[dict[int, Roll], Latent]:
    """A phrase, and a latent not far from its own."""
    latent = draw_latent(generator.contract, seed)
    moved = latent + np.random.default_rng(seed).normal(scale=0.4, size=len(latent))
    return phrase_of(generator, latent), np.clip(moved, -2.0, 2.0).astype(np.float32)


def test_within_a_round_no_two_handles_move_the_same_values_or_notes(band: ModelContract) -> None:
    contract = GridPattern(band).contract
    rounds = handle_rounds(contract, [1, 3])
    assert [len(handles) for handles in rounds] == [1, 2, 4, 8]
    for handles in rounds:
        assert sum(handle.places.astype(int) for handle in handles).tolist() == [[1] * 4] * 2  # type: ignore[union-attr]
    moved = np.concatenate([handle.values for handles in rounds for handle in handles])
    assert len(set(moved.tolist())) == len(moved) == 3 + 4 * 2 + 2 * 3 + 8 * 2


def test_a_handle_moves_the_notes_at_its_places_and_no_others(band: ModelContract) -> None:
    generator = GridPattern(band)
    latent = draw_latent(generator.contract, 1)
    before = generator(latent, range(4))
    for handle in (handle for handles in handle_rounds(generator.contract, range(5)) for handle in handles):
        moved = latent.copy()
        moved[handle.values] += 0.5
        changed = (generator(moved, range(4)) != before).any(axis=(2, 3))
        np.testing.assert_array_equal(changed.T, handle.places)


def test_a_model_without_handles_is_searched_as_a_whole(band: ModelContract) -> None:
    generator = GridPattern(band, LatentLayout(song=6))
    (only,) = [handle for handles in handle_rounds(generator.contract, [0]) for handle in handles]
    assert only.values.tolist() == list(range(6))
    phrase, start = near(generator, 1)
    search = HandleSearch(generator, phrase, start, seed=1)
    begun = search.similarity
    for _ in range(60):
        search.step()
    assert search.similarity > begun


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_start_comes_nearer_step_by_step_and_never_goes_back(band: ModelContract, seed: int) -> None:
    generator = GridPattern(band)
    phrase, start = near(generator, seed)
    search = HandleSearch(generator, phrase, start, seed=1)
    found = [search.similarity]
    for _ in range(100):
        search.step()
        found.append(search.similarity)
    assert found == sorted(found)
    own = Likeness.of(generator, draw_latent(generator.contract, seed), phrase).similarity  # its cells are not all sure
    assert own - found[-1] < 0.5 * (own - found[0])
    assert generator.played == 3 + 100, "one phrase is played a step"


def test_the_similarity_is_that_of_the_latent(band: ModelContract) -> None:
    generator = GridPattern(band)
    phrase, start = near(generator, 4)
    search = HandleSearch(generator, phrase, start, seed=1)
    for _ in range(30):
        search.step()
    again = Likeness.of(generator, search.latent, phrase).similarity
    assert search.similarity == pytest.approx(again, abs=1e-6)
    assert np.abs(search.latent).max() <= 2.0


def test_what_is_other_tracks_own_stays(band: ModelContract) -> None:
    generator = GridPattern(band)
    phrase, start = near(generator, 5)
    search = HandleSearch(generator, {2: phrase[2]}, start, seed=1)
    for _ in range(30):
        search.step()
    moved = np.flatnonzero(search.latent != start)
    allowed = np.concatenate([one.values for kind in handle_rounds(generator.contract, [2]) for one in kind])
    assert len(moved) > 0
    assert set(moved.tolist()) <= set(allowed.tolist())


def test_a_search_from_a_start_is_shorter_and_begins_with_it(band: ModelContract) -> None:
    generator = GridPattern(band)
    phrase, start = near(generator, 6)
    search = LatentSearch(generator, phrase, 1, start=start)
    steps = search.steps()
    next(steps)
    assert search.best is not None
    np.testing.assert_array_equal(search.best, start)
    begun = search.similarity
    assert sum(1 for _ in steps) == 300
    assert search.similarity > begun
    assert search.best.dtype == np.float32


def test_a_search_without_a_start_finds_one_by_itself(band: ModelContract) -> None:
    generator = GridPattern(band)
    phrase, _ = near(generator, 7)
    search = LatentSearch(generator, phrase, 1)
    found = [search.similarity for _ in search.steps()]
    assert found == sorted(found)
    assert found[-1] > found[0]
