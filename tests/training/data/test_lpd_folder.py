"""Piano rolls of the Lakh Pianoroll Dataset, as pypianoroll writes them, to phrases."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pypianoroll
import pytest
from numpy.typing import NDArray

from training.collecting.families import BASS, DRUMS, PIANO, STRINGS
from training.collecting.grid_notes import Region
from training.collecting.midi_rolls import MidiFileError
from training.data.lpd_folder import lpd_source
from training.data.lpd_rolls import marked_regions, read_lpd_phrases
from training.data.phrase_file import PhraseFileError, PhraseRules, unpack_cells

RULES = PhraseRules(min_tracks=3)
BAR = 96  # steps: 24 a beat
Roll = NDArray[np.uint8]


def rolls(bars: int, seed: int = 0) -> dict[str, Roll]:
    """Drums on the beats, a bass note on each half bar, and a chord of the piano on each quarter."""
    random = np.random.default_rng(seed)
    drums, bass, piano = (np.zeros((bars * BAR, 128), dtype=np.uint8) for _ in range(3))
    drums[::24, 36] = 100
    for start in range(0, bars * BAR, 48):
        bass[start : start + 47, 36 + random.integers(12)] = 90
    for start in range(0, bars * BAR, 24):
        for pitch in random.choice(np.arange(60, 84), 3, replace=False):
            piano[start : start + 23, pitch] = 80
    return {"Drums": drums, "Bass": bass, "Piano": piano}


def write(
    path: Path, tracks: dict[str, Roll], downbeats: list[int] | None = None, programs: dict[str, int] | None = None
) -> Path:
    """A multitrack file, written by pypianoroll itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    program = {"Drums": 0, "Bass": 33, "Piano": 0, "Strings": 48, **(programs or {})}
    length = len(next(iter(tracks.values())))
    marks = np.zeros(length, dtype=np.bool_)
    marks[downbeats if downbeats is not None else [0]] = True
    multitrack = pypianoroll.Multitrack(
        name="song",
        resolution=24,
        tempo=np.full(length, 120.0),
        downbeat=marks,
        tracks=[
            pypianoroll.StandardTrack(name=name, program=program[name], is_drum=name == "Drums", pianoroll=roll)
            for name, roll in tracks.items()
        ],
    )
    pypianoroll.save(path, multitrack)
    return path


def cells_of(path: Path, rules: PhraseRules = RULES) -> NDArray[np.bool_]:
    return unpack_cells(read_lpd_phrases(path, rules).phrases, rules.data_shape)


def test_a_piano_roll_becomes_phrases_at_half_its_steps(tmp_path: Path) -> None:
    tracks = rolls(bars=6)
    phrases = read_lpd_phrases(write(tmp_path / "a.npz", tracks), RULES)
    assert phrases.first_bar.tolist() == [0, 1, 2]
    assert phrases.active.tolist() == [[True, True, False, True, False]] * 3
    cells = unpack_cells(phrases.phrases, RULES.data_shape)
    assert cells.shape == (3, 4, 48, 84, 5)
    for first in range(3):
        steps = slice(first * BAR, (first + 4) * BAR)
        for family, name in ((DRUMS, "Drums"), (BASS, "Bass"), (PIANO, "Piano")):
            found, wanted = cells[first, ..., family].reshape(192, 84), tracks[name][steps, 24:108] > 0
            np.testing.assert_array_equal(onsets(found), onsets(wanted)[::2])  # they are on even steps
            assert (found & ~(wanted[::2] | wanted[1::2])).sum() == 0
    assert not cells[..., STRINGS].any()


def onsets(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a note begins, in (steps, pitches)."""
    return cells & ~np.pad(cells, ((1, 0), (0, 0)))[:-1]


def test_a_repeated_note_stays_two(tmp_path: Path) -> None:
    tracks = rolls(bars=4)
    tracks["Strings"] = np.zeros_like(tracks["Bass"])
    for start in range(0, 4 * BAR, 24):  # with a gap of one step at 24 a beat, which 12 a beat cannot show as such
        tracks["Strings"][start : start + 23, 72] = 80
    line = cells_of(write(tmp_path / "a.npz", tracks))[0, :, :, 72 - 24, STRINGS].reshape(192, 1)
    assert np.flatnonzero(onsets(line)).tolist() == list(range(0, 192, 12))
    assert line.sum() == 15 * 11 + 12  # nothing follows the last


def test_every_sounding_cell_of_the_drums_is_a_hit(tmp_path: Path) -> None:
    tracks = rolls(bars=4)
    tracks["Drums"][:, 42] = 0
    tracks["Drums"][0:8:2, 42] = 70
    drums = cells_of(write(tmp_path / "a.npz", tracks))[0, 0, :, 42 - 24, DRUMS]
    assert drums[:6].tolist() == [True] * 4 + [False] * 2


def test_bars_are_counted_from_the_marked_downbeats(tmp_path: Path) -> None:
    """Four bars of 4/4, two of 3/4, five of 4/4: the phrases lie within the stretches of 4/4."""
    four, three = BAR, 72
    downbeats = [*range(0, 4 * four, four), 4 * four, 4 * four + three]
    second = 4 * four + 2 * three
    downbeats += range(second, second + 5 * four, four)
    tracks = {name: roll[: second + 5 * four] for name, roll in rolls(bars=12).items()}
    phrases = read_lpd_phrases(write(tmp_path / "a.npz", tracks, downbeats), RULES)
    assert phrases.first_bar.tolist() == [0, 6, 7]


@pytest.mark.parametrize(
    ("downbeats", "end", "regions"),
    [
        ([], 960, [Region(0, 960, 0, 10)]),
        ([0], 900, [Region(0, 900, 0, 10)]),
        ([24], 960, [Region(24, 960, 0, 10)]),
        ([0, 96, 192], 200, [Region(0, 288, 0, 3)]),
        ([0, 96, 192], 2000, [Region(0, 288, 0, 3)]),  # beyond the last mark the metre is unknown
        ([0, 72, 144, 240], 336, [Region(144, 336, 2, 2)]),
        ([0, 72], 500, []),
    ],
)
def test_stretches_in_four_four_are_found(downbeats: list[int], end: int, regions: list[Region]) -> None:
    assert marked_regions(np.array(downbeats, dtype=np.int64), end, 24) == regions


def test_a_folder_is_read_deep_and_its_phrases_go_by_song(tmp_path: Path) -> None:
    lpd = tmp_path / "lpd"
    write(lpd / "A" / "B" / "TRAAAGR128F425B14B" / "one.npz", rolls(bars=5, seed=1))
    write(lpd / "A" / "B" / "TRAAAGR128F425B14B" / "two.npz", rolls(bars=5, seed=2))  # another version of the track
    write(lpd / "other.npz", rolls(bars=4, seed=3))
    write(lpd / "copy.npz", rolls(bars=4, seed=3))
    write(lpd / "solo.npz", {"Piano": rolls(bars=4)["Piano"]})
    (lpd / "text.npz").write_text("no piano roll")
    (lpd / "readme.txt").write_text("not read")
    read: list[tuple[int, int]] = []
    with lpd_source(lpd, RULES, tmp_path, on_file=lambda done, of: read.append((done, of))) as source:
        chunks = [np.concatenate(list(source.chunks())) for _ in range(2)]
    np.testing.assert_array_equal(chunks[0], chunks[1])
    assert chunks[0].shape == (5, 10080)
    assert source.songs == ("TRAAAGR128F425B14B", "copy.npz")
    assert source.song.tolist() == [0, 0, 0, 0, 1]
    assert source.first_bar.tolist() == [0, 1, 0, 1, 0]
    assert set(source.refused) == {"solo.npz", "text.npz"}
    assert "3 families play" in source.refused["solo.npz"]
    assert read == [(done, 6) for done in range(1, 7)]
    assert {path.name for path in tmp_path.iterdir()} == {"lpd"}


def test_a_folder_without_phrases_is_refused_with_the_reasons(tmp_path: Path) -> None:
    with pytest.raises(PhraseFileError, match=r"has no \.npz files"), lpd_source(tmp_path, RULES, tmp_path):
        pass
    write(tmp_path / "solo.npz", {"Piano": rolls(bars=4)["Piano"]})
    with pytest.raises(PhraseFileError, match=r"(?s)none of the 1 .*solo\.npz: no 4 bars in which 3 families play"):
        lpd_source(tmp_path, RULES, tmp_path).__enter__()


def changed(path: Path, **changes: Any) -> Path:
    """The file with some arrays replaced; info is info.json's."""
    with np.load(path) as archive:
        arrays = {key: archive[key] for key in archive.files if key != "info.json"}
        info = json.loads(archive["info.json"])
    info.update(changes.pop("info", {}))
    np.savez(path, **{**arrays, **changes})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("info.json", json.dumps(info))
    return path


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"info": {"resolution": 0}}, r"'resolution' in info\.json is 0"),
        ({"info": {"resolution": "24"}}, r"'resolution' in info\.json is '24'"),
        ({"info": {"0": {"name": "x"}}}, r"track 0 in info\.json"),
        ({"info": {"0": []}}, r"track 0 in info\.json"),
        ({"pianoroll_1_csc_shape": np.array([384, 88])}, r"track 1 has the shape \[384, 88\]"),
        ({"pianoroll_1_csc_indptr": np.zeros(129, dtype=np.int32)}, r"track 1: its sparse arrays disagree"),
        ({"pianoroll_1_csc_indptr": np.arange(129)[::-1]}, r"track 1: its sparse arrays disagree"),
        ({"pianoroll_1_csc_data": np.zeros(3, dtype=np.uint8)}, r"track 1: its sparse arrays disagree"),
        ({"pianoroll_1_csc_data": np.array(["x"])}, r"track 1: its sparse arrays are <U1"),
        ({"pianoroll_1_csc_shape": np.array([10, 128])}, r"track 1 has steps 0 to \d+, expected 0 to 9"),
        ({"pianoroll_1_csc_data": np.array([{}])}, r"not a piano roll of pypianoroll: Object arrays"),
    ],
)
def test_a_broken_piano_roll_is_refused_by_name(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    path = changed(write(tmp_path / "a.npz", rolls(bars=4)), **changes)
    with pytest.raises(PhraseFileError, match=reason):
        read_lpd_phrases(path, RULES)


def test_other_archives_and_empty_songs_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", phrases=np.zeros(3))
    with pytest.raises(PhraseFileError, match=r"no info\.json \(it holds \['phrases'\]\)"):
        read_lpd_phrases(tmp_path / "a.npz", RULES)
    silent = {name: np.zeros_like(roll) for name, roll in rolls(bars=4).items()}
    with pytest.raises(MidiFileError, match="no notes of the five families"):
        read_lpd_phrases(write(tmp_path / "b.npz", silent), RULES)
    with pytest.raises(MidiFileError, match=r"no 4 bars of 4/4"):
        read_lpd_phrases(write(tmp_path / "c.npz", rolls(bars=3)), RULES)
