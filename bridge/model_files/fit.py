"""What becomes of locks, subscriptions and the rest when one model takes over from another.

On a stage a swap is asked for by name and meant: it is refused only where nothing of what is set up would find its
track again. Tracks belong together by their names; a track of another name steps in where it is the same instrument
and no other can be meant.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from bridge.contract import ModelContract, TrackSpec

_GRID = {  # what the roll's shape means: field of the contract, and how to say it
    "bars": "{} bars a phrase",
    "beats_per_bar": "{} beats a bar",
    "steps_per_beat": "{} steps a beat",
    "lowest_pitch": "pitches from {} on",
    "pitches": "{} pitches",
}


@dataclass(frozen=True, slots=True)
class Fit:
    """How a model takes over. `tracks[i]` is the new index of the old track i; None: it has none, and falls silent."""

    tracks: tuple[int | None, ...]
    same_tracks: bool  # the same ones in the same order: every index means what it meant
    same_grid: bool  # a roll of the old model is one of the new model, its tracks aside
    same_weights: bool  # a latent sounds as it did
    refused: bool  # no track of the old model is in the new one
    message: str  # for the musician, in whole sentences; never empty

    def carry(self, tracks: Iterable[int]) -> frozenset[int]:
        """The new indices of some old tracks, such as the locked ones.

        Beware with subscriptions: one whose tracks are all gone becomes empty here, which is not "all tracks".
        """
        carried = (self.tracks[track] for track in tracks)
        return frozenset(track for track in carried if track is not None)


def fit(old: ModelContract, new: ModelContract) -> Fit:
    """How `new` takes over from `old`."""
    tracks = _match(old.tracks, new.tracks)
    common = [track for track in tracks if track is not None]
    changed = [key for key in _GRID if getattr(old, key) != getattr(new, key)]
    same_tracks = tracks == tuple(range(len(new.tracks)))
    refused = not common
    same_weights = old.model_hash == new.model_hash
    return Fit(
        tracks=tracks,
        same_tracks=same_tracks,
        same_grid=not changed,
        same_weights=same_weights,
        refused=refused,
        message=_refusal(old, new) if refused else _message(old, new, tracks, changed, same_weights),
    )


def _match(old: Sequence[TrackSpec], new: Sequence[TrackSpec]) -> tuple[int | None, ...]:
    """For every old track the index of the new one: by name, then by its spelling, then by the instrument."""
    found: list[int | None] = [None] * len(old)
    ways: tuple[Callable[[TrackSpec], Hashable], ...] = (
        lambda track: track.name,
        lambda track: track.name.strip().casefold(),
        lambda track: "drums" if track.is_drum else track.program,
    )
    for key in ways:
        free_old = [index for index, place in enumerate(found) if place is None]
        free_new = [index for index in range(len(new)) if index not in found]
        for index in free_old:
            rivals = [other for other in free_old if key(old[other]) == key(old[index])]
            matches = [place for place in free_new if key(new[place]) == key(old[index])]
            if len(rivals) == len(matches) == 1:
                found[index] = matches[0]
    return tuple(found)


def _refusal(old: ModelContract, new: ModelContract) -> str:
    return (
        f"{new.name!r} has the tracks {_names(new.tracks)}, and none of those that play now, {_names(old.tracks)}: "
        "to play it, start the bridge with it (maisynth serve --model FILE)."
    )


def _message(
    old: ModelContract, new: ModelContract, tracks: Sequence[int | None], changed: Sequence[str], same_weights: bool
) -> str:
    sentences = [*_track_sentences(old.tracks, new.tracks, tracks)]
    if changed:
        now = ", ".join(_GRID[key].format(getattr(new, key)) for key in changed)
        before = ", ".join(_GRID[key].format(getattr(old, key)) for key in changed)
        sentences.append(f"Its grid is another: {now} instead of {before}.")
    if not sentences:
        sentences.append("Tracks and grid are the same: locks, subscriptions and densities stay.")
    if not same_weights:
        sentences.append(f"Latents that were saved with {old.name!r} play the notes that they were saved with.")
    return " ".join([f"{new.name!r} takes over from {old.name!r}.", *sentences])


def _track_sentences(old: Sequence[TrackSpec], new: Sequence[TrackSpec], tracks: Sequence[int | None]) -> Iterable[str]:
    pairs = [(old[index], new[place], index, place) for index, place in enumerate(tracks) if place is not None]
    gone = [track for track, place in zip(old, tracks, strict=True) if place is None]
    added = [track for place, track in enumerate(new) if place not in tracks]
    if gone:
        yield f"It has no {_names(gone)}: silent from now on."
    if added:
        yield f"It brings {', '.join(f'{track.name} (MIDI channel {track.channel + 1})' for track in added)}."
    if moved := [f"{track.name} is track {place}" for _, track, index, place in pairs if index != place]:
        yield f"Tracks are counted otherwise: {', '.join(moved)}; locks, subscriptions and densities follow."
    if renamed := [f"{before.name} is now {after.name}" for before, after, *_ in pairs if before.name != after.name]:
        yield f"{', '.join(renamed)}."
    if channels := [
        f"{after.name} from {before.channel + 1} to {after.channel + 1}"
        for before, after, *_ in pairs
        if before.channel != after.channel
    ]:
        yield f"MIDI channels change: {', '.join(channels)}."


def _names(tracks: Iterable[TrackSpec]) -> str:
    return ", ".join(track.name for track in tracks)
