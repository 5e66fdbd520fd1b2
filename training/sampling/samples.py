"""What a generator plays, as files in the original's layout and names, and as MIDI.

FOLDER/arrays/fake_x/fake_x_7.npy                        the generator's output, float16 in [-1, 1]
FOLDER/images/NAME/NAME_7.png                            tracks below each other, NAME also fake_x: shades of grey
FOLDER/images/NAME_colored/NAME_colored_7.png            tracks over each other
FOLDER/pianorolls/NAME/NAME_7.npz                        for pypianoroll, phrase after phrase
FOLDER/midi/NAME/NAME_7.mid                              the same for a sequencer
FOLDER/midi/NAME/NAME_7/row_01.mid                       each row of the picture in a row
FOLDER/midi/NAME/NAME_7/row_01_column_02.mid             each phrase by its place in the picture

NAME is fake_x_hard_thresholding or fake_x_bernoulli_sampling; 7 is a training step or the number of a run. With binary
neurons NAME is fake_x, what they play, and the output itself is fake_x_preactivated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.config import Config, Midi, Params
from training.sampling.binarise import Cells, Output, binarise
from training.sampling.midi_out import write_midi
from training.sampling.sample_images import (
    TRACK_COLOURS,
    Colour,
    coloured_images,
    image_grid,
    plain_images,
    write_image,
)
from training.sampling.sample_rolls import write_pianoroll

FORMATS = ("arrays", "images", "pianorolls", "midi", "midi phrases")


@dataclass(frozen=True)
class SampleSheet:
    """How a grid of phrases is written. `gap`: a silent bar after each phrase where they follow each other; else,
    `continuous`: a row is one piece of music, in which a note goes on from phrase to phrase.

    `neurons` is dbn or sbn if the generator has binary neurons.
    """

    rows: int
    columns: int
    midi: Midi
    steps_per_beat: int
    gap: bool = False
    continuous: bool = False
    formats: Sequence[str] = FORMATS
    colours: Sequence[Colour] = TRACK_COLOURS
    neurons: str = ""

    @property
    def phrases(self) -> int:
        return self.rows * self.columns


def sheet_from(config: Config, params: Params, rows: int, columns: int, gap: bool = False) -> SampleSheet:
    """A sheet of such a model: MIDI, and the formats that config.save_array_samples and the like say."""
    wanted = {
        "arrays": config.save_array_samples,
        "images": config.save_image_samples,
        "pianorolls": config.save_pianoroll_samples,
    }
    return SampleSheet(
        rows,
        columns,
        config.midi,
        params.beat_resolution,
        gap,
        formats=tuple(form for form in FORMATS if wanted.get(form, True)),
        colours=config.colormap or TRACK_COLOURS,
        neurons=params.nets.generator if params.use_binary_neurons else "",
    )


def write_samples(folder: Path, number: int, output: Output, sheet: SampleSheet, seed: Sequence[int]) -> None:
    """Write (rows * columns, bars, steps, pitches, tracks) in [-1, 1]; older files of this number are replaced.

    `seed` is of the Bernoulli draw. Raises ValueError for another number of phrases, OSError where it cannot write.
    """
    if len(output) != sheet.phrases:
        raise ValueError(f"{len(output)} phrases do not fill a sheet of {sheet.rows} x {sheet.columns}")
    binarised = binarise(output, seed, sheet.neurons)
    raw = "fake_x_preactivated" if sheet.neurons else "fake_x"
    if "arrays" in sheet.formats:
        neurons = {name: 2.0 * cells - 1.0 for name, cells in binarised.items()} if sheet.neurons else {}
        for name, values in {raw: output, **neurons}.items():
            path = _path(folder, "arrays", name, number, "npy")
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, values.astype(np.float16))
    if "images" in sheet.formats:
        for name, phrases in {raw: 0.5 * (output + 1.0), **binarised}.items():
            for suffix, images in (("", plain_images(phrases)), ("_colored", coloured_images(phrases, sheet.colours))):
                path = _path(folder, "images", name + suffix, number, "png")
                write_image(path, image_grid(images, sheet.rows, sheet.columns))
    for name, cells in binarised.items():
        if "pianorolls" in sheet.formats:
            path = _path(folder, "pianorolls", name, number, "npz")
            write_pianoroll(path, cells, sheet.midi, sheet.steps_per_beat, sheet.gap)
        path = _path(folder, "midi", name, number, "mid")
        if "midi" in sheet.formats:
            write_midi(path, _rows_joined(cells, sheet), sheet.midi, sheet.steps_per_beat, sheet.gap)
        if "midi phrases" in sheet.formats:
            _write_single_phrases(path.with_suffix(""), cells, sheet)


def _path(folder: Path, form: str, name: str, number: int, suffix: str) -> Path:
    return folder / form / name / f"{name}_{number}.{suffix}"


def _write_single_phrases(folder: Path, cells: Cells, sheet: SampleSheet) -> None:
    for old in folder.glob("row_*.mid"):  # of a larger grid
        old.unlink()
    for row in range(sheet.rows):
        phrases = cells[row * sheet.columns : (row + 1) * sheet.columns]
        name = f"row_{row + 1:02d}.mid"
        write_midi(folder / name, _rows_joined(phrases, sheet), sheet.midi, sheet.steps_per_beat, sheet.gap)
        for column in range(sheet.columns):
            path = folder / f"row_{row + 1:02d}_column_{column + 1:02d}.mid"
            write_midi(path, phrases[column : column + 1], sheet.midi, sheet.steps_per_beat)


def _rows_joined(cells: Cells, sheet: SampleSheet) -> Cells:
    """Whole rows of phrases as a long phrase each, if they are pieces of music; else as they are."""
    if not sheet.continuous or sheet.gap:
        return cells
    bars = sheet.columns * cells.shape[1]
    return cells.reshape(-1, bars, *cells.shape[2:])
