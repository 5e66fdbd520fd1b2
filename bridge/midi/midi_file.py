"""A phrase as a standard MIDI file that any sequencer reads: type 1, one named track an instrument."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import mido

from bridge.contract import ModelContract, TrackSpec
from bridge.pianoroll import Note

TICKS_PER_QUARTER = 480
DRUM_CHANNEL = 9  # General MIDI's tenth channel


def write_midi(
    path: Path,
    tracks_notes: Sequence[Sequence[Note]],
    contract: ModelContract,
    tempo: float | None = None,
    bars: int | None = None,
) -> None:
    """Writes the notes of every track, exactly `bars` long. An older file of that name is replaced whole or not at all.

    `tracks_notes` has one sequence for each of the contract's tracks, times in beats from the start, as phrase_notes
    gives them. `tempo` is in quarter notes a minute; it and `bars` default to the contract's. Raises ValueError for a
    wrong number of tracks and for a note outside the bars, OSError when the file cannot be written.
    """
    bars = contract.bars if bars is None else bars
    if len(tracks_notes) != len(contract.tracks):
        raise ValueError(
            f"got notes for {len(tracks_notes)} tracks, {contract.name!r} has {len(contract.tracks)}: give one "
            "sequence, empty or not, for each track"
        )
    length = _ticks(bars * contract.beats_per_bar)
    song = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_QUARTER, charset="utf-8")
    song.tracks.append(_conductor(contract, contract.tempo if tempo is None else tempo, length))
    for spec, notes in zip(contract.tracks, tracks_notes, strict=True):
        song.tracks.append(_track(spec, notes, length))
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        song.save(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _conductor(contract: ModelContract, tempo: float, length: int) -> mido.MidiTrack:
    return mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name=contract.name),
            mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo)),
            mido.MetaMessage("time_signature", numerator=contract.beats_per_bar, denominator=4),
            mido.MetaMessage("end_of_track", time=length),
        ]
    )


def _track(spec: TrackSpec, notes: Sequence[Note], length: int) -> mido.MidiTrack:
    channel = DRUM_CHANNEL if spec.is_drum else spec.channel
    events: list[tuple[int, bool, int, int]] = []  # tick, is it an on (note-offs sort first), pitch, velocity
    for note in notes:
        on = _ticks(note.start)
        off = max(on + 1, _ticks(note.start + note.duration))
        if on < 0 or off > length:
            raise ValueError(
                f"track {spec.name!r} has a note from beat {note.start:g} to {note.start + note.duration:g}, the file "
                f"goes from beat 0 to {length / TICKS_PER_QUARTER:g}: write more bars, or cut the notes"
            )
        events += [(on, True, note.pitch, note.velocity), (off, False, note.pitch, 0)]
    track = mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name=spec.name),
            mido.Message("program_change", channel=channel, program=spec.program),
        ]
    )
    tick = 0
    for at, is_on, pitch, velocity in sorted(events):
        kind = "note_on" if is_on else "note_off"
        track.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=at - tick))
        tick = at
    track.append(mido.MetaMessage("end_of_track", time=length - tick))
    return track


def _ticks(beats: float) -> int:
    return round(beats * TICKS_PER_QUARTER)
