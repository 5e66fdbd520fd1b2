"""A song with many changes of metre is read once, and comes out as if each stretch were read from all of its notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from training.collecting import song_phrases as module
from training.collecting.grid_notes import Region, SongNotes, TrackNotes, notes_by_region
from training.collecting.song_phrases import SongPhrases, song_phrases
from training.data.phrase_file import PhraseRules

RULES = (PhraseRules(min_tracks=1), PhraseRules(bars=2, hop=3, min_tracks=2, merge_families=True))


def all_notes(notes: SongNotes, regions: Sequence[Region], _margin: int) -> Iterator[SongNotes]:
    """The plain way: every stretch looks at every note."""
    yield from (notes for _ in regions)


def random_song(seed: int) -> tuple[list[TrackNotes], list[Region], int]:
    """Notes short and long, in order and not, over stretches with gaps between them; and the ticks of a quarter."""
    rng = np.random.default_rng(seed)
    quarter = int(rng.choice([1, 2, 24, 96, 481]))
    regions, at, first_bar = [], 0, 0
    for _ in range(rng.integers(1, 7)):
        at += int(rng.integers(0, 9 * quarter))
        bars = int(rng.integers(2, 9))
        end = at + bars * 4 * quarter + int(rng.integers(0, 4 * quarter))
        regions.append(Region(at, end, first_bar, bars))
        at, first_bar = end, first_bar + bars + 1
    tracks = []
    for _ in range(rng.integers(1, 5)):
        notes = int(rng.integers(1, 300))
        start = rng.integers(0, at, notes)
        length = rng.exponential(rng.choice([2, 40]) * quarter, notes).astype(np.int64)
        tracks.append(TrackNotes(int(rng.integers(0, 5)), rng.integers(20, 30, notes), start, start + length))
    return tracks, regions, quarter


@pytest.mark.parametrize("rules", RULES)
def test_the_phrases_are_those_of_the_plain_way(rules: PhraseRules, monkeypatch: pytest.MonkeyPatch) -> None:
    found = 0
    for seed in range(60):
        tracks, regions, quarter = random_song(seed)
        long_enough = [region for region in regions if region.bars >= rules.bars]
        fast = song_phrases(tracks, long_enough, quarter, rules)
        with monkeypatch.context() as patched:
            patched.setattr(module, "notes_by_region", all_notes)
            plain = song_phrases(tracks, long_enough, quarter, rules)
        if fast is None or plain is None:
            assert fast is plain
            continue
        found += 1
        for column in SongPhrases.__slots__:
            np.testing.assert_array_equal(getattr(fast, column), getattr(plain, column), err_msg=f"{column}, {seed}")
    assert found > 30


@pytest.mark.parametrize("length", [5, 1_000_000])
def test_a_thousand_changes_of_metre_do_not_read_the_song_a_thousand_times(length: int) -> None:
    quarter, regions = 24, 1000
    start = np.arange(0, regions * 400, 20)
    pitch = np.arange(len(start)) % 12 + 60
    notes = SongNotes.of([TrackNotes(1, pitch, start, start + length)], pooled=())
    stretches = [Region(first, first + 384, bar, 4) for bar, first in enumerate(range(0, regions * 400, 400))]
    near = [len(some.start) for some in notes_by_region(notes, stretches, quarter)]
    assert len(near) == regions
    assert min(near) > 18
    assert max(near) < 50, "the notes of four bars, and one a pitch that is held"


def test_no_notes_are_no_notes_in_every_stretch() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    notes = SongNotes((), nothing, nothing, nothing, nothing)
    some = list(notes_by_region(notes, [Region(0, 96, 0, 1), Region(96, 192, 1, 1)], 24))
    assert [len(one.start) for one in some] == [0, 0]
