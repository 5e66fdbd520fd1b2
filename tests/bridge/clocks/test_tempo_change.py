from __future__ import annotations

import pytest

from bridge.clocks.tempo_change import explained_by_tempo

AT_120, AT_150 = 0.5, 0.4


@pytest.mark.parametrize(
    ("ahead", "explained"),
    [(0.3, 0.3), (0.5, 0.5), (0.6, 0.5), (0.0, 0.0), (-0.1, 0.0)],
)
def test_a_faster_tempo_explains_that_a_song_is_ahead_up_to_a_step_at_the_beginning(
    ahead: float, explained: float
) -> None:
    assert explained_by_tempo(ahead, 1.0, AT_120, AT_150) == pytest.approx(explained)


@pytest.mark.parametrize(("ahead", "explained"), [(-0.3, -0.3), (-0.7, -0.5), (0.1, 0.0)])
def test_a_slower_tempo_explains_that_a_song_is_behind(ahead: float, explained: float) -> None:
    assert explained_by_tempo(ahead, 1.0, AT_150, AT_120) == pytest.approx(explained)


def test_the_same_tempo_explains_nothing() -> None:
    assert explained_by_tempo(0.2, 1.0, AT_120, AT_120) == explained_by_tempo(-0.2, 1.0, AT_120, AT_120) == 0.0
