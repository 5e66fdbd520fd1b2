"""From a bar's activations to the notes that are played: cells, notes, then STEPS in their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bridge.contract import ModelContract
from bridge.pianoroll import Note, bar_to_notes
from bridge.playing.accents import accent
from bridge.playing.cells import Activations, sounding_cells
from bridge.playing.humanize import humanize
from bridge.playing.min_note import join_fragments
from bridge.playing.monophonic import is_bass, monophonic
from bridge.playing.scale_lock import lock_to_scale
from bridge.playing.style import Style
from bridge.playing.swing import swing


@dataclass(frozen=True, slots=True)
class Part:
    """What one track has to play in a bar, and how."""

    contract: ModelContract
    track: int
    activations: Activations  # (steps_per_bar, pitches)
    style: Style
    seed: int

    @property
    def is_drum(self) -> bool:
        return self.contract.tracks[self.track].is_drum

    def certainty(self, note: Note) -> float:
        """The mean activation of a note that is still on the grid, at the pitch that the model gave it."""
        start = round(note.start * self.contract.steps_per_beat)
        length = max(1, round(note.duration * self.contract.steps_per_beat))
        return float(self.activations[start : start + length, note.pitch - self.contract.lowest_pitch].mean())


def play_bar(activations: Activations, contract: ModelContract, style: Style, seed: int) -> list[list[Note]]:
    """The notes of one bar, a list a track, by start, then pitch, in beats from the bar's start.

    `activations` is (tracks, steps_per_bar, pitches) in the contract's value_range. `seed` decides what humanize does;
    the same four arguments give the same notes. No note ends after the bar, no two of one pitch and track overlap.
    """
    cells = sounding_cells(activations, contract, style.threshold, style.densities)
    return [
        _play(Part(contract, track, activations[track], style, seed), notes)
        for track, notes in enumerate(bar_to_notes(cells, contract, style.velocity))
    ]


def _play(part: Part, notes: list[Note]) -> list[Note]:
    for _, step in STEPS:
        notes = step(notes, part)
    return notes


Step = Callable[[list[Note], Part], list[Note]]


def _min_note(notes: list[Note], part: Part) -> list[Note]:
    return notes if part.is_drum else join_fragments(notes, part.style.min_note)


def _mono_bass(notes: list[Note], part: Part) -> list[Note]:
    if not part.style.mono_bass or not is_bass(part.contract.tracks[part.track]):
        return notes
    return monophonic(notes, part.certainty, part.style.min_note)


def _scale(notes: list[Note], part: Part) -> list[Note]:
    return notes if part.is_drum else lock_to_scale(notes, part.style.key, part.style.scale)


def _accents(notes: list[Note], part: Part) -> list[Note]:
    return accent(notes, part.style.humanize)


def _swing(notes: list[Note], part: Part) -> list[Note]:
    return swing(notes, part.style.swing)


def _humanize(notes: list[Note], part: Part) -> list[Note]:
    # Tracks that play one rhythm in unison still differ, as players do.
    seed = part.seed * len(part.contract.tracks) + part.track
    return humanize(notes, part.style.humanize, part.contract.beats_per_bar, seed)


STEPS: tuple[tuple[str, Step], ...] = (
    ("min_note", _min_note),  # first, so that a flicker neither cuts a bass note nor is moved into the scale
    ("mono_bass", _mono_bass),  # before the scale, while a note still lies where the model gave its certainty
    ("scale", _scale),
    ("accents", _accents),  # while notes still lie on the grid that they are told by
    ("swing", _swing),
    ("humanize", _humanize),  # last: nothing straightens it again
)
