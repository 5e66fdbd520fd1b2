"""Songs that no corpus holds, written as MIDI files: enough music to collect, train and export on."""

from __future__ import annotations

from pathlib import Path

import mido

_TICKS = 480
_PARTS = (  # name, program, channel, pitch offsets of a bar, beats a note
    ("piano", 0, 0, (0, 4, 7, 4), 1.0),
    ("bass", 33, 2, (-24, -24, -17, -24), 1.0),
    ("strings", 48, 3, (12, 16), 2.0),
)


def write_song(path: Path, root: int, bars: int = 12) -> None:
    """A song in 4/4 with drums, piano, bass and strings; the root moves, so that bars differ."""
    song = mido.MidiFile(ticks_per_beat=_TICKS)
    conductor = mido.MidiTrack()
    conductor.append(mido.MetaMessage("time_signature", numerator=4, denominator=4))
    conductor.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(110)))
    song.tracks.append(conductor)
    for name, program, channel, offsets, beats in _PARTS:
        track = mido.MidiTrack()
        track.append(mido.MetaMessage("track_name", name=name))
        track.append(mido.Message("program_change", program=program, channel=channel))
        length = round(beats * _TICKS)
        for bar in range(bars):
            for offset in offsets:
                pitch = root + offset + (bar * 5) % 12
                track.append(mido.Message("note_on", note=pitch, velocity=90, channel=channel, time=0))
                track.append(mido.Message("note_off", note=pitch, channel=channel, time=length))
        song.tracks.append(track)
    drums = mido.MidiTrack()
    for bar in range(bars):
        for beat in range(4):
            pitch = (36, 42, 38, 42)[(beat + bar // 4) % 4]
            drums.append(mido.Message("note_on", note=pitch, velocity=100, channel=9, time=0))
            drums.append(mido.Message("note_off", note=pitch, channel=9, time=_TICKS))
    song.tracks.append(drums)
    song.save(path)
