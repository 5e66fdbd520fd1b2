"""One MIDI file to phrases: the notes of its tracks, and the stretches in 4/4 with bars by the downbeats."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from symusic.core import ScoreTick

from training.collecting.families import family_of
from training.collecting.grid_notes import Region, TrackNotes
from training.collecting.song_phrases import SongPhrases, song_phrases
from training.data.phrase_file import BEATS_PER_BAR, PhraseRules

# A file beyond these is no song, and could fill the memory.
MAX_FILE_BYTES = 16 * 2**20
MAX_NOTES = 1_000_000
MAX_TRACKS = 256
MAX_BARS = 20_000
MAX_HOURS = 4.0


class MidiFileError(ValueError):
    """No phrases can be taken from the file; the message says why."""


def read_phrases(path: Path, rules: PhraseRules) -> SongPhrases:
    """The distinct phrases of a MIDI file. Raises MidiFileError for a file that has none, with the reason."""
    score = _load(path)
    tracks = _notes_by_track(score)
    if not tracks:
        raise MidiFileError("no notes of the five families")
    song_end = max(int(track.end.max()) for track in tracks)
    _check_length(score, song_end)
    regions = [region for region in four_four_regions(score, song_end) if region.bars >= rules.bars]
    if not regions:
        raise MidiFileError(f"no {rules.bars} bars of 4/4 in a row")
    phrases = song_phrases(tracks, regions, score.ticks_per_quarter, rules)
    if phrases is None:
        raise MidiFileError(f"no {rules.bars} bars in which {rules.min_tracks} families play")
    return phrases


def _load(path: Path) -> ScoreTick:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise MidiFileError(f"larger than {MAX_FILE_BYTES // 2**20} MiB")
        data = path.read_bytes()
    except OSError as error:
        raise MidiFileError(f"cannot be read: {error.strerror}") from error
    if data[:4] != b"MThd":
        raise MidiFileError("not a MIDI file: it does not begin with MThd" if data else "the file is empty")
    try:
        score = ScoreTick.from_midi(data)
    except Exception as error:  # whatever the reader makes of a broken file, the collection goes on
        raise MidiFileError(f"not a MIDI file that can be read: {str(error).strip()}") from error
    if score.ticks_per_quarter < 1:
        raise MidiFileError(f"{score.ticks_per_quarter} ticks a quarter note")
    if (notes := sum(len(track.notes) for track in score.tracks)) > MAX_NOTES:
        raise MidiFileError(f"{notes} notes, more than {MAX_NOTES}")
    return score


def _notes_by_track(score: ScoreTick) -> list[TrackNotes]:
    tracks = []
    for track in score.tracks:
        family = family_of(track.program, track.is_drum)
        if family is None or not len(track.notes):
            continue
        # A note-on of velocity 0 is a note-off; the reader sees to that.
        columns = track.notes.numpy()
        start, duration, pitch = (columns[name].astype(np.int64) for name in ("time", "duration", "pitch"))
        if start.min() < 0 or duration.min() < 0:
            raise MidiFileError("a note at a negative time: the times overflow")
        tracks.append(TrackNotes(family, pitch, start, start + duration))
    if len(tracks) > MAX_TRACKS:
        raise MidiFileError(f"{len(tracks)} tracks with notes, more than {MAX_TRACKS}")
    return tracks


def _check_length(score: ScoreTick, song_end: int) -> None:
    bars = song_end / score.ticks_per_quarter / BEATS_PER_BAR
    if bars > MAX_BARS:
        raise MidiFileError(f"{bars:.0f} bars long, more than {MAX_BARS}")
    tempos = score.tempos.numpy()
    times = np.concatenate([[0], np.clip(tempos["time"].astype(np.int64), 0, song_end), [song_end]])
    microseconds = np.concatenate([[500_000], tempos["mspq"].astype(np.int64)])  # 120 a minute until told otherwise
    hours = float((np.diff(times) * microseconds).sum()) / score.ticks_per_quarter / 3.6e9
    if hours > MAX_HOURS:
        raise MidiFileError(f"{hours:.1f} hours long, more than {MAX_HOURS:g}")


def four_four_regions(score: ScoreTick, song_end: int) -> list[Region]:
    """The stretches in 4/4, in order of time; without a time signature all is 4/4. Raises MidiFileError.

    Bars count from each time signature, which falls on a downbeat; the same signature again on a bar line changes
    nothing. A bar that the next signature cuts short is not in the region; the song's last bar is, however short.
    """
    quarter = score.ticks_per_quarter
    signatures = [(0, (4, 4), 4.0 * quarter)]  # start in ticks, signature, ticks a bar
    for change in sorted(score.time_signatures, key=lambda change: int(change.time)):
        if change.time < 0 or change.numerator < 1 or change.denominator < 1:
            raise MidiFileError(f"a time signature of {change.numerator}/{change.denominator} at tick {change.time}")
        signature = (change.numerator, change.denominator)
        bar_ticks = 4.0 * quarter * change.numerator / change.denominator
        last_start, last_signature, _ = signatures[-1]
        if signature == last_signature and (change.time - last_start) % bar_ticks == 0:
            continue
        if change.time == last_start:
            signatures.pop()
        signatures.append((change.time, signature, bar_ticks))
    regions = []
    first_bar = 0
    next_starts = [*(start for start, _, _ in signatures[1:]), song_end]
    for (start, signature, bar_ticks), next_start in zip(signatures, next_starts, strict=True):
        end = min(next_start, song_end)
        length = max(0, end - start) / bar_ticks
        begun, complete = math.ceil(length - _HAIR), math.floor(length + _HAIR)
        if signature == (4, 4):
            regions.append(Region(start, end, first_bar, begun if end == song_end else complete))
        first_bar += begun
    return regions


_HAIR = 0.01  # of a bar: a last note that rings so little over the bar line opens no bar
