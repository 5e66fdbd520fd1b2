"""Pictures and sound of the latents that come with a model: python -m export.showcase MODEL FOLDER

Writes FOLDER/contact_sheet.png, all of them with their names, and of the first --heard each a .mid and, where
FluidSynth and a General MIDI soundfont are (Debian: apt install fluidsynth fluid-soundfont-gm), an .ogg, as the bridge
plays them with its settings as they come.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bridge.contract import ModelContract
from bridge.generator import Generator
from bridge.library.saved_latent import SavedLatent
from bridge.library.transfer import read_latents
from bridge.midi.midi_file import write_midi
from bridge.model_files.starting_latents import starting_latents_file
from bridge.pianoroll import Note, Roll
from bridge.playing.chain import play_bar
from bridge.playing.style import Style
from bridge.screen.picture import TRACK_COLOURS

SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
TIMES = 2  # each phrase is heard
GAIN, RATE = "0.7", "32000"
COLUMNS = 4
STEP_PIXELS, PITCH_PIXELS, GAP, CAPTION = 2, 2, 16, 18
_WHITE, _TEXT, _LINE = (255, 255, 255), (60, 64, 72), (205, 210, 218)


@dataclass(frozen=True, eq=False)
class Piece:
    """A latent by name, its phrase (bars, tracks, steps, pitches), and its notes as played in beats, a list a track."""

    name: str
    roll: Roll
    notes: list[list[Note]]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--heard", type=int, default=4, help="of how many a sound file is made (default: %(default)s)")
    parser.add_argument("--soundfont", type=Path, default=SOUNDFONT)
    arguments = parser.parse_args(argv)
    generator = Generator(arguments.model, provider="cpu")
    with starting_latents_file(arguments.model).open("rb") as file:
        latents = read_latents(file)
    pieces = [_piece(latent, generator) for latent in latents]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    contact_sheet(pieces, generator.contract).save(arguments.folder / "contact_sheet.png", optimize=True)
    for piece in pieces[: arguments.heard]:
        path = arguments.folder / f"{_file_name(piece.name)}.mid"
        contract = generator.contract
        write_midi(path, _repeated(piece.notes, contract), contract, bars=TIMES * contract.bars)
        print(path.with_suffix(".ogg") if _render(path, arguments.soundfont) else path)
    return 0


def contact_sheet(pieces: Sequence[Piece], contract: ModelContract) -> Image.Image:
    """All phrases, their tracks over each other in their colours, pitch up, each with its name."""
    bars, _, steps, pitches = pieces[0].roll.shape
    width, height = bars * steps * STEP_PIXELS, pitches * PITCH_PIXELS
    rows = -(-len(pieces) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (width + GAP) + GAP, rows * (height + CAPTION + GAP) + GAP), _WHITE)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for number, piece in enumerate(pieces):
        row, column = divmod(number, COLUMNS)
        left, top = GAP + column * (width + GAP), GAP + row * (height + CAPTION + GAP)
        draw.text((left, top), piece.name, fill=_TEXT, font=font)
        top += CAPTION
        draw.rectangle((left, top, left + width, top + height), outline=_LINE)
        for line in range(left, left + width, steps * STEP_PIXELS):
            draw.line((line, top, line, top + height), fill=_LINE)
        for track, _ in enumerate(contract.tracks):
            lane = piece.roll[:, track].reshape(bars * steps, pitches)
            for step, pitch in zip(*np.nonzero(lane), strict=True):
                x, y = left + int(step) * STEP_PIXELS, top + height - (int(pitch) + 1) * PITCH_PIXELS
                colour = TRACK_COLOURS[track % len(TRACK_COLOURS)]
                draw.rectangle((x, y, x + STEP_PIXELS - 1, y + PITCH_PIXELS - 1), fill=colour)
    return sheet


def _piece(latent: SavedLatent, generator: Generator) -> Piece:
    contract = generator.contract
    activations = generator(latent.values, range(contract.bars))
    style = Style(threshold=contract.threshold)
    bars = [play_bar(of_bar, contract, style, seed=bar) for bar, of_bar in enumerate(activations)]
    notes = [
        [_later(note, bar * contract.beats_per_bar) for bar, tracks in enumerate(bars) for note in tracks[track]]
        for track in range(len(contract.tracks))
    ]
    return Piece(latent.name, np.asarray(activations > contract.cell_threshold), notes)


def _file_name(name: str) -> str:
    """The name without what would have to be quoted in an address."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("#", "-sharp")).strip("-")


def _repeated(notes: list[list[Note]], contract: ModelContract) -> list[list[Note]]:
    beats = contract.bars * contract.beats_per_bar
    return [[_later(note, time * beats) for time in range(TIMES) for note in track] for track in notes]


def _later(note: Note, beats: float) -> Note:
    return note._replace(start=note.start + beats)


def _render(midi: Path, soundfont: Path) -> bool:
    """Write the sound beside the MIDI file; False where there is nothing to make it with."""
    if shutil.which("fluidsynth") is None or not soundfont.exists():
        return False
    sound = ["-ni", "-g", GAIN, "-r", RATE, "-T", "oga", "-F", str(midi.with_suffix(".ogg"))]
    subprocess.run(["fluidsynth", *sound, str(soundfont), str(midi)], check=True, stdout=subprocess.DEVNULL)
    return True


if __name__ == "__main__":
    sys.exit(main())
