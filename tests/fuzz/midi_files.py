"""The bytes of a .mid file to phrases, or to a refusal that names the reason."""

from __future__ import annotations

import io
import tempfile
from functools import cache
from pathlib import Path

import mido
import numpy as np

from training.collecting.families import FAMILIES
from training.collecting.midi_rolls import MidiFileError, read_phrases
from training.collecting.song_phrases import SongPhrases
from training.data.phrase_file import PhraseRules, packed_size, unpack_cells

RULES = (PhraseRules(min_tracks=1), PhraseRules(bars=2, hop=3, min_tracks=2, merge_families=True))


def target(data: bytes) -> None:
    path = Path(_folder().name) / "song.mid"
    path.write_bytes(data)
    for rules in RULES:
        try:
            phrases = read_phrases(path, rules)
        except MidiFileError as refusal:
            _check_told(refusal)
        else:
            _check(phrases, rules)


def seeds() -> list[bytes]:
    """Songs of five bars in few bytes: in 4/4, with changes of metre, without any, on odd grids, and an empty one."""
    four, three = ("time_signature", {"numerator": 4}), ("time_signature", {"numerator": 3})
    return [
        _song(480, [(0, *four)], tracks=3),
        _song(96, [(0, *four), (96 * 8, *three), (96 * 3, *four)], tracks=2),
        _song(24, [(0, "set_tempo", {"tempo": 400_000})], tracks=5),
        _song(1, [], tracks=2),
        _song(480, [(0, *four)], tracks=3, kind=0),
        _song(480, [], tracks=0),
    ]


def _check_told(refusal: Exception) -> None:
    assert str(refusal), "a refusal has to say why"


def _check(phrases: SongPhrases, rules: PhraseRules) -> None:
    count = len(phrases.phrases)
    assert count > 0
    assert phrases.phrases.shape == (count, packed_size(rules.data_shape))
    assert phrases.first_bar.shape == phrases.digests.shape == (count,)
    assert phrases.active.shape == (count, len(FAMILIES))
    assert (phrases.first_bar >= 0).all()
    assert len(np.unique(phrases.digests)) == count
    assert (phrases.active.sum(axis=1) >= rules.min_tracks).all()
    sounding = np.asarray(unpack_cells(phrases.phrases, rules.data_shape).any(axis=(1, 2, 3)))
    assert sounding[phrases.active].all(), "a family that counts as playing is silent"


def _song(ticks: int, head: list[tuple[int, str, dict[str, int]]], tracks: int, kind: int = 1) -> bytes:
    song = mido.MidiFile(ticks_per_beat=ticks, type=kind)
    song.tracks.append(mido.MidiTrack([mido.MetaMessage(name, time=wait, **values) for wait, name, values in head]))
    for number in range(tracks):
        channel, program, pitch = ((9, 0, 36), (0, 0, 60), (1, 25, 64), (2, 33, 40), (3, 48, 67))[number]
        track = song.tracks[0] if kind == 0 else mido.MidiTrack()
        track.append(mido.Message("program_change", channel=channel, program=program))
        for beat in range(0, 20, 2):
            track.append(mido.Message("note_on", channel=channel, note=pitch + beat % 5, velocity=90))
            track.append(mido.Message("note_off", channel=channel, note=pitch + beat % 5, time=2 * ticks))
        if kind != 0:
            song.tracks.append(track)
    stream = io.BytesIO()
    song.save(file=stream)
    return stream.getvalue()


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()
