"""How much of a phrase comes out again when the generator plays the latent that was found for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from training.encoding.keys import NO_KEY, keys
from training.measures.ratios import for_json

Cells = NDArray[np.bool_]


@dataclass(frozen=True)
class Reconstruction:
    """Of some phrases, over the tracks that were given; nan where nothing can be told."""

    recall: float  # share of their note cells that sound again, 0-1
    dice: float  # 2 |A and B| / (|A| + |B|) of the cells that sounded and sound, 0-1
    key: float  # share of the phrases that have a key and keep it, 0-1
    density: float  # note cells that sound for each that sounded; 1 is as many

    def line(self) -> str:
        """For a log."""
        return (
            f"{100 * self.recall:.1f} % of note cells, Dice {self.dice:.3f}, key kept in {100 * self.key:.0f} %, "
            f"density {self.density:.2f} of theirs"
        )

    def to_mapping(self) -> dict[str, object]:
        """By name, for JSON: None for nan."""
        return dict(for_json(asdict(self)))


def compare(phrases: Cells, again: Cells, given: NDArray[np.bool_], is_drum: NDArray[np.bool_]) -> Reconstruction:
    """Phrases (n, bars, steps, pitches, tracks) beside what came out, of the tracks `given` (n, tracks)."""
    heard = given[:, None, None, None, :]
    asked, found = phrases & heard, again & heard
    asked_cells, found_cells, both = (int(np.count_nonzero(cells)) for cells in (asked, found, asked & found))
    ours, theirs = keys(found[..., ~is_drum]), keys(asked[..., ~is_drum])
    have_key = theirs != NO_KEY
    return Reconstruction(
        recall=_share(both, asked_cells),
        dice=_share(2 * both, asked_cells + found_cells),
        key=_share(int((ours == theirs)[have_key].sum()), int(have_key.sum())),
        density=_share(found_cells, asked_cells),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
