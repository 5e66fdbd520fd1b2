"""Phrases as standard MIDI files: type 1, a named track an instrument, exactly as long as their bars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, cycle
from pathlib import Path

import mido
import numpy as np
from numpy.typing import NDArray

from bridge.contract import LatentLayout, ModelContract, TrackSpec
from bridge.pianoroll import Note, phrase_notes
from training.config import Midi

TICKS_PER_QUARTER = 480
DRUM_CHANNEL = 9
PITCHED_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)


def write_midi(path: Path, cells: NDArray[np.bool_], midi: Midi, steps_per_beat: int, gap: bool = False) -> None:
    """Write (n, bars, steps, pitches, tracks) bool, phrase after phrase; the folder is made.

    A note ends with its phrase at the latest. With `gap` a silent bar follows each phrase. Raises OSError.
    """
    band = _band(cells.shape, midi, steps_per_beat)
    bars_apart = band.bars + int(gap)
    beats_apart = bars_apart * band.steps_per_bar / steps_per_beat
    phrases = [phrase_notes(phrase.transpose(0, 3, 1, 2), band) for phrase in cells]
    length = _ticks(beats_apart * len(phrases))
    song = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_QUARTER, charset="utf-8")
    song.tracks.append(_conductor(path.stem, band, length))
    for track, spec in enumerate(band.tracks):
        notes = chain.from_iterable(
            (note._replace(start=note.start + number * beats_apart) for note in phrase[track])
            for number, phrase in enumerate(phrases)
        )
        song.tracks.append(_track(spec, list(notes), length))
    path.parent.mkdir(parents=True, exist_ok=True)
    song.save(path)


def _band(shape: tuple[int, ...], midi: Midi, steps_per_beat: int) -> ModelContract:
    """What the notes are made by; the model itself is of no matter here."""
    _, bars, steps, pitches, tracks = shape
    if len(midi.track_names) != tracks:
        raise ValueError(f"midi describes {len(midi.track_names)} tracks, the phrases have {tracks}")
    channels = cycle(PITCHED_CHANNELS)
    return ModelContract(
        name="phrases",
        model_hash="",
        bars=bars,
        beats_per_bar=steps // steps_per_beat,
        steps_per_beat=steps_per_beat,
        lowest_pitch=midi.lowest_pitch,
        pitches=pitches,
        tracks=tuple(
            TrackSpec(name, program, bool(is_drum), DRUM_CHANNEL if is_drum else next(channels))
            for name, program, is_drum in zip(midi.track_names, midi.programs, midi.is_drums, strict=True)
        ),
        latent=LatentLayout(song=1),
        value_range=(-1.0, 1.0),
        threshold=0.5,
        tempo=midi.tempo,
        licence="",
        data_statement="",
    )


def _conductor(name: str, band: ModelContract, length: int) -> mido.MidiTrack:
    return mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name=name),
            mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(band.tempo)),
            mido.MetaMessage("time_signature", numerator=band.beats_per_bar, denominator=4),
            mido.MetaMessage("end_of_track", time=length),
        ]
    )


def _track(spec: TrackSpec, notes: Sequence[Note], length: int) -> mido.MidiTrack:
    events: list[tuple[int, bool, int, int]] = []  # tick, is it an on (note-offs sort first), pitch, velocity
    for note in notes:
        events += [
            (_ticks(note.start), True, note.pitch, note.velocity),
            (_ticks(note.start + note.duration), False, note.pitch, 0),
        ]
    track = mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name=spec.name),
            mido.Message("program_change", channel=spec.channel, program=spec.program),
        ]
    )
    tick = 0
    for at, is_on, pitch, velocity in sorted(events):
        kind = "note_on" if is_on else "note_off"
        track.append(mido.Message(kind, channel=spec.channel, note=pitch, velocity=velocity, time=at - tick))
        tick = at
    track.append(mido.MetaMessage("end_of_track", time=length - tick))
    return track


def _ticks(beats: float) -> int:
    return round(beats * TICKS_PER_QUARTER)
