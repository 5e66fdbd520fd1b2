"""A musician's MIDI file as what an accompaniment plays to: which track, on which grid, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import mido
import numpy as np
import pytest
import torch

from training.__main__ import main
from training.averaging import calibrate
from training.checkpoint import Checkpoint, save_checkpoint
from training.config import Config, Midi, Nets, Params
from training.experiment import Experiment
from training.networks.presets import build_generator
from training.sampling.condition_midi import ConditionError, GivenTrack, read_given_track
from training.sampling.latent_noise import draw_latents

TICKS = 480
DRUMS, PIANO, GUITAR, BASS = 0, 1, 2, 3
LOWEST = 36

Played = tuple[int, float, float]  # pitch, start and length in beats
OnGrid = tuple[int, int, int]  # pitch, first step, the step after the last
MELODY: list[Played] = [(60, 0, 1), (62, 1, 0.5), (64, 1.5, 0.5), (67, 4, 4)]
ON_GRID: list[OnGrid] = [(60, 0, 4), (62, 4, 6), (64, 6, 8), (67, 16, 32)]  # four steps a beat


@dataclass(frozen=True)
class Part:
    name: str
    program: int
    notes: Sequence[Played]
    is_drum: bool = False


def write(
    path: Path, *parts: Part, signatures: Sequence[tuple[float, int, int]] = (), tempos: Sequence[float] = ()
) -> Path:
    """A MIDI file of these parts, each on a channel and a track of its own."""
    song = mido.MidiFile(ticks_per_beat=TICKS, charset="utf-8")
    head: list[tuple[float, mido.MetaMessage]] = [
        (beat, mido.MetaMessage("time_signature", numerator=above, denominator=below))
        for beat, above, below in signatures
    ]
    head += [
        (8.0 * number, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo)))
        for number, tempo in enumerate(tempos)
    ]
    song.tracks.append(_track(head))
    for channel, part in enumerate(parts):
        channel = 9 if part.is_drum else channel
        events = [
            (0.0, mido.MetaMessage("track_name", name=part.name)),
            (0.0, mido.Message("program_change", program=part.program, channel=channel)),
        ]
        for pitch, start, length in part.notes:
            events.append((start, mido.Message("note_on", note=pitch, velocity=80, channel=channel)))
            events.append((start + length, mido.Message("note_off", note=pitch, channel=channel)))
        song.tracks.append(_track(events))
    song.save(path)
    return path


def _track(events: Sequence[tuple[float, mido.Message]]) -> mido.MidiTrack:
    track, now = mido.MidiTrack(), 0
    for beat, message in sorted(events, key=lambda event: (event[0], event[1].type == "note_on")):
        track.append(message.copy(time=round(beat * TICKS) - now))
        now = round(beat * TICKS)
    return track


def params_of(given: int, shape: tuple[int, ...] = (2, 16, 48, 5), resolution: int = 4) -> Params:
    return Params(
        data_shape=shape,
        beat_resolution=resolution,
        latent_dim=8,
        is_accompaniment=True,
        condition_track_idx=given,
        nets=Nets("accompaniment"),
    )


def config_of(**midi: object) -> Config:
    return Config(midi=replace(Midi(lowest_pitch=LOWEST), **midi))  # type: ignore[arg-type]


def read(path: Path, given: int = PIANO, chosen: str | None = None, params: Params | None = None) -> GivenTrack:
    return read_given_track(path, params or params_of(given), config_of(), chosen)


def notes_of(track: GivenTrack, lowest: int = LOWEST) -> list[OnGrid]:
    """What sounds, as notes: runs of cells, in order of start and pitch."""
    steps = track.phrases.reshape(-1, track.phrases.shape[-1]).T > 0
    found = []
    for pitch, row in enumerate(steps):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(np.int8)))
        found += [(lowest + pitch, int(start), int(end)) for start, end in edges.reshape(-1, 2)]
    return sorted(found, key=lambda note: (note[1], note[0]))


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return tmp_path / "song.mid"


def test_the_track_of_the_models_family_is_what_it_plays_to(song: Path) -> None:
    write(song, Part("Low", 33, [(40, 0, 8)]), Part("Keys", 4, MELODY), Part("Kit", 0, [(38, 0, 1)], is_drum=True))
    track = read(song)
    assert track.name == "Keys"
    assert notes_of(track) == ON_GRID
    assert track.notice is None
    assert read(song, BASS).name == "Low"
    assert read(song, DRUMS).name == "Kit"


def test_phrases_are_as_long_as_the_models_and_the_last_ends_in_silence(song: Path) -> None:
    write(song, Part("Keys", 0, [*MELODY, (72, 9, 1)]))  # into the third bar of four beats
    track = read(song)
    assert track.phrases.shape == (2, 2, 16, 48)
    assert track.phrases.dtype == np.float32
    assert set(np.unique(track.phrases).tolist()) == {-1.0, 1.0}
    assert notes_of(track) == [*ON_GRID, (72, 36, 40)]
    assert (track.phrases[1, 1] == -1.0).all()


def test_all_tracks_of_the_family_sound_together(song: Path) -> None:
    write(song, Part("Left", 0, [(48, 0, 2)]), Part("Right", 0, MELODY), Part("Solo", 30, [(70, 0, 4)]))
    track = read(song)
    assert track.name == "Left and Right"
    assert notes_of(track) == sorted([*ON_GRID, (48, 0, 8)], key=lambda note: (note[1], note[0]))


def test_a_track_can_be_chosen_by_its_name_or_its_number(song: Path) -> None:
    write(song, Part("Empty", 0, []), Part("Keys", 0, [(50, 0, 1)]), Part("Flute", 73, MELODY))
    for chosen in ("Flute", "flute", " FLUTE ", "2"):  # a track without notes has no number
        track = read(song, chosen=chosen)
        assert track.name == "Flute"
        assert notes_of(track) == ON_GRID
    assert read(song, chosen="1").name == "Keys"


def test_tracks_of_the_same_name_are_chosen_together_and_a_name_goes_before_a_number(song: Path) -> None:
    write(song, Part("2", 0, [(50, 0, 1)]), Part("Lead", 80, MELODY), Part("Lead", 81, [(72, 2, 1)]))
    assert notes_of(read(song, chosen="lead")) == sorted([*ON_GRID, (72, 8, 12)], key=lambda note: (note[1], note[0]))
    assert notes_of(read(song, chosen="2")) == [(50, 0, 4)]


def test_an_unknown_choice_is_told_what_there_is(song: Path) -> None:
    write(song, Part("Keys", 0, MELODY), Part("", 122, [(60, 0, 1)]))
    with pytest.raises(ConditionError) as refusal:
        read(song, chosen="Organ")
    assert str(refusal.value) == (
        f"{song} has no track 'Organ' with notes, it has: 1 'Keys' (Piano); 2 '' (no family of the band)"
    )


def test_the_only_family_there_is_stands_for_the_models(song: Path) -> None:
    write(song, Part("Flute", 73, MELODY), Part("Kit", 0, [(38, 0, 1)], is_drum=True))
    track = read(song)
    assert track.name == "Flute"
    assert notes_of(track) == ON_GRID


def test_where_several_could_stand_for_it_one_must_be_chosen(song: Path) -> None:
    write(song, Part("Flute", 73, MELODY), Part("Low", 33, [(40, 0, 8)]))
    with pytest.raises(ConditionError) as refusal:
        read(song)
    assert str(refusal.value) == (
        f"{song}: which track stands for the Piano that the model plays to? Say --condition-track with a number or a "
        "name of: 1 'Flute' (Strings); 2 'Low' (Bass)"
    )


@pytest.mark.parametrize(("given", "is_drum"), [(PIANO, True), (DRUMS, False)])
def test_drums_stand_for_drums_alone_unless_chosen(given: int, is_drum: bool, song: Path) -> None:
    write(song, Part("Only", 0, [(38, 0, 2)], is_drum))
    with pytest.raises(ConditionError, match="Say --condition-track"):
        read(song, given)
    assert notes_of(read(song, given, chosen="only")) == [(38, 0, 8 if given == PIANO else 1)]


def test_the_models_own_program_says_its_family_whatever_its_track_is_called(song: Path) -> None:
    write(song, Part("Keys", 0, [(50, 0, 1)]), Part("Flute", 73, MELODY))
    config = config_of(track_names=("Kit", "Lead"), programs=(0, 80), is_drums=(1, 0))
    track = read_given_track(song, params_of(1, (2, 16, 48, 2)), config)
    assert track.name == "Flute"
    # No family holds the sound effects: then any other is as near.
    config = config_of(track_names=("Kit", "Birds"), programs=(0, 123), is_drums=(1, 0))
    with pytest.raises(ConditionError, match="which track stands for the Birds"):
        read_given_track(song, params_of(1, (2, 16, 48, 2)), config)


def test_notes_outside_the_range_are_moved_by_octaves_and_that_is_said(song: Path) -> None:
    # The model's range is C2 to B5 (36 to 83).
    write(song, Part("Keys", 0, [(35, 0, 1), (11, 1, 1), (84, 2, 1), (127, 3, 1), (36, 4, 1), (83, 5, 1)]))
    track = read(song)
    assert [pitch for pitch, _, _ in notes_of(track)] == [47, 47, 72, 79, 36, 83]
    assert track.notice == "4 notes were moved by octaves into the model's range"


def test_drums_outside_the_range_are_left_out_and_the_others_are_hits(song: Path) -> None:
    write(song, Part("Kit", 0, [(35, 0, 1), (36, 0, 2), (42, 0.5, 0.1), (36, 1, 2)], is_drum=True))
    track = read(song, DRUMS)
    assert notes_of(track) == [(36, 0, 1), (42, 2, 3), (36, 4, 5)]
    assert track.notice == "1 note was left out, outside the model's range"


def test_a_range_of_less_than_an_octave_leaves_pitches_out(song: Path) -> None:
    write(song, Part("Keys", 0, [(36, 0, 1), (60, 0, 1)]))
    track = read(song, params=params_of(PIANO, (2, 16, 10, 5)))
    assert notes_of(track) == [(36, 0, 4)]
    assert track.notice == "1 note was left out, outside the model's range"


def test_a_file_of_which_nothing_is_left_is_refused(song: Path) -> None:
    write(song, Part("Kit", 0, [(35, 0, 1)], is_drum=True))
    with pytest.raises(ConditionError, match=r"no note lies in the model's range, 36 to 83"):
        read(song, DRUMS)


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (1.0, [(60, 0, 3), (60, 4, 7), (60, 8, 12)]),  # the former ends a step before the next
        (2.0, [(60, 0, 3), (60, 4, 7), (60, 8, 16)]),  # also where it would go on
        (0.1, [(60, 0, 1), (60, 4, 5), (60, 8, 9)]),
    ],
)
def test_a_repeated_note_stays_two(length: float, expected: list[OnGrid], song: Path) -> None:
    write(song, Part("Keys", 0, [(60, 2, length), (60, 0, length), (60, 1, length)]))
    assert notes_of(read(song)) == expected


def test_a_grid_too_coarse_for_a_repetition_keeps_a_step_of_each(song: Path) -> None:
    write(song, Part("Keys", 0, [(60, 0, 1), (60, 1, 1), (62, 1, 2)]))
    track = read(song, params=params_of(PIANO, (2, 4, 48, 5), resolution=1))
    assert notes_of(track) == [(60, 0, 2), (62, 1, 3)]


def test_notes_go_to_the_nearest_step(song: Path) -> None:
    write(song, Part("Keys", 0, [(60, 0.1, 0.8), (62, 0.15, 0.01), (64, 7.95, 0.04)]))
    assert notes_of(read(song)) == [(60, 0, 4), (62, 1, 2), (64, 32, 33)]


def test_other_metres_are_said_and_counted_through(song: Path) -> None:
    write(song, Part("Keys", 0, MELODY), signatures=[(0, 3, 4), (6, 6, 8), (9, 4, 4)])
    track = read(song)
    assert notes_of(track) == ON_GRID
    assert track.notice == "bars of 3/4, 6/8 are counted as bars of 4 quarter notes"
    write(song, Part("Keys", 0, MELODY), signatures=[(0, 4, 4), (4, 2, 2)])
    assert read(song).notice is None


def test_a_model_in_three_hears_three_and_says_of_four_that_it_does_not(song: Path) -> None:
    waltz = params_of(PIANO, (2, 12, 48, 5))
    write(song, Part("Keys", 0, [(60, 0, 1), (62, 3, 1), (64, 6, 1), (65, 117, 3)]), signatures=[(0, 3, 4)])
    track = read(song, params=waltz)
    assert track.phrases.shape == (20, 2, 12, 48)
    assert notes_of(track) == [(60, 0, 4), (62, 12, 16), (64, 24, 28), (65, 468, 480)]
    assert track.notice is None
    write(song, Part("Keys", 0, MELODY), signatures=[(0, 4, 4)])
    assert read(song, params=waltz).notice == "bars of 4/4 are counted as bars of 3 quarter notes"


def test_everything_that_was_changed_is_said_in_one_sentence(song: Path) -> None:
    write(song, Part("Keys", 0, [(20, 0, 1), (21, 0, 1)]), signatures=[(0, 3, 4)])
    assert read(song).notice == (
        "2 notes were moved by octaves into the model's range; bars of 3/4 are counted as bars of 4 quarter notes"
    )


def test_the_tempo_is_the_files_first_within_what_a_model_can_have(song: Path) -> None:
    write(song, Part("Keys", 0, MELODY), tempos=[90, 140])
    assert read(song).tempo == pytest.approx(90.0, abs=0.01)
    write(song, Part("Keys", 0, MELODY))
    assert read(song).tempo is None
    write(song, Part("Keys", 0, MELODY), tempos=[4])
    assert read(song).tempo == 5.0
    write(song, Part("Keys", 0, MELODY), tempos=[6e7])
    assert read(song).tempo == 999.0


def test_a_track_without_a_name_is_named_by_its_number_and_family(song: Path) -> None:
    write(song, Part(" ", 0, MELODY))
    assert read(song).name == "1 '' (Piano)"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not a MIDI file: it is empty. Export one from your DAW"),
        (b"RIFF and so on, a song in sound", "is not a MIDI file: it does not begin as one"),
        (b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\xff\xff\0", "is not a MIDI file that can be read"),
        (b"MThd", "is not a MIDI file that can be read"),
    ],
)
def test_what_is_no_midi_file_is_refused(content: bytes, sentence: str, song: Path) -> None:
    song.write_bytes(content)
    with pytest.raises(ConditionError) as refusal:
        read(song)
    assert f"{song} {sentence}" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConditionError, match=r"absent\.mid cannot be read: No such file or directory"):
        read(tmp_path / "absent.mid")
    with pytest.raises(ConditionError, match="cannot be read"):
        read(tmp_path)


def test_a_file_without_notes_is_refused(song: Path) -> None:
    write(song, Part("Keys", 0, []))
    with pytest.raises(ConditionError, match="has no notes to play to"):
        read(song)


def test_a_note_without_end_is_no_song(song: Path) -> None:
    write(song, Part("Keys", 0, [(60, 0, 1), (62, 4000, 1)]))
    with pytest.raises(ConditionError, match="is 1000 bars long, expected at most 1000: cut it"):
        read(song)
    write(song, Part("Keys", 0, [(60, 0, 1), (62, 3999, 1)]))
    assert read(song).phrases.shape[0] == 500


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """An accompaniment that has learned nothing yet, to guitar: two bars of 16 steps."""
    torch.manual_seed(0)
    params = params_of(GUITAR)
    generator = build_generator(params)
    silence = torch.full((8, *params.data_shape[:3]), -1.0)
    calibrate(generator, [(draw_latents(8, generator.latent_size, (0,)), silence)])
    experiment = Experiment(tmp_path_factory.mktemp("exp"))
    checkpoint = Checkpoint(
        step=3,
        params=params,
        config=config_of(),
        generator={},
        critic={},
        average=generator.state_dict(),
        generator_optimiser={},
        critic_optimiser={},
    )
    save_checkpoint(experiment.model, checkpoint)
    return experiment


def written(path: Path, name: str) -> list[OnGrid]:
    """The notes of a written track, in steps, by start and pitch."""
    (track,) = (track for track in mido.MidiFile(path).tracks if track.name == name)
    found, began, now = [], {}, 0
    for message in track:
        now += message.time
        if message.type == "note_on":
            began[message.note] = now
        elif message.type == "note_off":
            found.append((message.note, began.pop(message.note) * 4 // TICKS, now * 4 // TICKS))
    assert not began
    return sorted(found, key=lambda note: (note[1], note[0]))


def test_the_band_plays_to_the_whole_file_once_a_row(
    experiment: Experiment, song: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(song, Part("Riff", 29, [*MELODY, (30, 9, 1)]), Part("Low", 33, [(40, 0, 8)]), tempos=[80])
    command = ["run-inference", str(experiment.folder), "--condition", str(song), "--rows", "3", "--seed", "1"]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert f"playing to Riff of {song} (1 note was moved by octaves into the model's range)" in said
    assert "3 x 2 phrases of step 3" in said

    given = read(song, GUITAR)
    rolls = np.load(experiment.inference / "arrays" / "fake_x" / "fake_x_0.npy")
    assert rolls.shape == (6, 2, 16, 48, 5)
    for row in range(3):
        np.testing.assert_array_equal(rolls[2 * row : 2 * row + 2, ..., GUITAR], given.phrases)
    latents = np.load(experiment.inference / "arrays" / "latents" / "latents_0.npy")
    assert latents.shape == (6, 8)
    np.testing.assert_array_equal(latents[::2], latents[1::2])  # one a row
    assert len(np.unique(latents, axis=0)) == 3

    name = "fake_x_hard_thresholding"
    folder = experiment.inference / "midi" / name / f"{name}_0"
    assert {path.name for path in folder.glob("row_0?.mid")} == {"row_01.mid", "row_02.mid", "row_03.mid"}
    expected = [*ON_GRID, (42, 36, 40)]
    for path in folder.glob("row_0?.mid"):
        assert written(path, "Guitar") == expected
        assert sum(len(written(path, track)) for track in ("Drums", "Piano", "Bass", "Strings")) > 0
        song_written = mido.MidiFile(path)
        ends = {sum(message.time for message in track) for track in song_written.tracks}
        assert ends == {4 * 4 * TICKS}  # three bars fill two phrases of two
        tempos = [message.tempo for message in song_written.tracks[0] if message.type == "set_tempo"]
        assert tempos == [mido.bpm2tempo(80)]
    assert written(folder / "row_02_column_02.mid", "Guitar") == [(42, 4, 8)]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--condition-track", "Organ"], "has no track 'Organ' with notes"),
        (["--columns", "5"], "fills 2 columns of 2 bars: leave --columns out"),
    ],
)
def test_what_cannot_be_played_to_is_said_in_one_line(
    more: list[str], sentence: str, experiment: Experiment, song: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(song, Part("Riff", 29, [*MELODY, (72, 9, 1)]))
    assert main(["run-inference", str(experiment.folder), "--condition", str(song), "--seed", "1", *more]) == 1
    complaint = capsys.readouterr().err
    assert complaint.startswith("maisynth-train: ")
    assert sentence in complaint
    assert complaint.count("\n") == 1
