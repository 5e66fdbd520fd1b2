"""params.yaml and config.yaml: every key with its default and what it means. The one source for files, checks and help.

params.yaml says what the model is, config.yaml how it is trained. The key names are those of the original MuseGAN,
all of which are here; a value that would ask for what is not here is refused, never passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# By name, so that a configuration can be checked without torch; networks/presets.py and losses.py say what each is.
GENERATORS = ("default", "dbn", "sbn", "bad_pitch_order", "bad_temp_order")
BINARY_GENERATORS = ("dbn", "sbn")
CRITICS = ("default", "no_chroma_stream", "no_onset_offset_stream", "no_chroma_onset_offset_streams")
LOSSES = ("wasserstein", "hinge", "nonsaturating", "classic")


def key(default: Any, meaning: str) -> Any:
    """A configuration key: its default, and the comment that the yaml file shows."""
    return field(default=default, metadata={"meaning": meaning})


def _at_least(name: str, value: int, lowest: int) -> None:
    if value < lowest:
        raise ValueError(f"{name} is {value}, expected at least {lowest}")


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}, expected one of: {', '.join(choices)}")


def _only(supported: object, name: str, value: object, instead: str) -> None:
    """A key of the original's whose other values are not supported; `instead` is what to do."""
    if value != supported:
        raise ValueError(f"{name} is {value!r}, expected {supported!r}: {instead}")


@dataclass(frozen=True)
class Nets:
    """Which networks."""

    generator: str = key("default", ", ".join(GENERATORS))
    discriminator: str = key("default", ", ".join(CRITICS))

    def __post_init__(self) -> None:
        _one_of("nets.generator", self.generator, GENERATORS)
        _one_of("nets.discriminator", self.discriminator, CRITICS)


@dataclass(frozen=True)
class Params:
    """params.yaml: what the model is. It cannot change once a run has started."""

    data_shape: tuple[int, ...] = key((4, 48, 84, 5), "bars, steps a bar, pitches, tracks")
    beat_resolution: int = key(12, "steps a beat (quarter note)")
    latent_dim: int = key(128, "length of the latent vector")
    initial_output_shift: float = key(
        -2.0, "where the last normalisation starts; 0 as in the original lets half of all cells sound at first"
    )
    is_conditional: bool = key(False, "false: models that are told a label are not supported")
    is_accompaniment: bool = key(False, "false: models that play to a given track are not supported")
    condition_track_idx: int | None = key(None, "null: the given track's index, of an accompaniment")
    use_binary_neurons: bool = key(False, "true for dbn and sbn, whose cells are on or off while they learn")
    nets: Nets = key(Nets(), "the networks")

    def __post_init__(self) -> None:
        _only(False, "is_conditional", self.is_conditional, "models that are told a label are not supported")
        _only(False, "is_accompaniment", self.is_accompaniment, "models that play to a given track are not supported")
        _only(None, "condition_track_idx", self.condition_track_idx, "only an accompaniment has a given track")
        if self.use_binary_neurons != (self.nets.generator in BINARY_GENERATORS):
            raise ValueError(
                f"use_binary_neurons is {self.use_binary_neurons} and nets.generator is {self.nets.generator!r}: "
                f"expected true with {' and '.join(BINARY_GENERATORS)}, false with any other"
            )
        if self.data_shape != (4, 48, 84, 5):
            raise ValueError(
                f"data_shape is {list(self.data_shape)}: the default networks are built for [4, 48, 84, 5] alone"
            )
        if self.beat_resolution != 12:
            raise ValueError(f"beat_resolution is {self.beat_resolution}: 48 steps a bar of four beats are 12 a beat")
        _at_least("latent_dim", self.latent_dim, 1)


@dataclass(frozen=True)
class Schedule:
    """The learning rate goes linearly to end_value between two generator steps."""

    start: int = key(45000, "generator step at which the change begins")
    end: int | None = key(None, "generator step at which it is over (null: the last step)")
    end_value: float = key(0.0, "what it comes to")


@dataclass(frozen=True)
class SlopeSchedule(Schedule):
    """The binary neurons' slope goes linearly from 1 to end_value between two generator steps."""

    start: int = key(10000, "generator step at which the change begins")
    end_value: float = key(5.0, "what it comes to")

    def __post_init__(self) -> None:
        if not self.end_value > 0.0:
            raise ValueError(f"slope_schedule.end_value is {self.end_value}, expected a positive number")


@dataclass(frozen=True)
class Adam:
    """Adam's decay rates."""

    beta1: float = key(0.5, "of the mean of the gradient")
    beta2: float = key(0.9, "of its square")

    def __post_init__(self) -> None:
        for name in ("beta1", "beta2"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(f"adam.{name} is {getattr(self, name)}, expected 0 to below 1")


@dataclass(frozen=True)
class Midi:
    """How phrases are written as MIDI."""

    lowest_pitch: int = key(24, "MIDI number of the lowest pitch")
    track_names: tuple[str, ...] = key(("Drums", "Piano", "Guitar", "Bass", "Strings"), "in the order of the data")
    programs: tuple[int, ...] = key((0, 0, 25, 33, 48), "General MIDI programs, counted from 0")
    is_drums: tuple[int, ...] = key((1, 0, 0, 0, 0), "1 for a drum track")
    tempo: float = key(100.0, "quarter notes a minute")

    def __post_init__(self) -> None:
        counts = {len(self.track_names), len(self.programs), len(self.is_drums)}
        if len(counts) != 1:
            raise ValueError("midi.track_names, midi.programs and midi.is_drums differ in length: one entry a track")
        if len(set(self.track_names)) != len(self.track_names):
            raise ValueError(f"midi.track_names repeat: {list(self.track_names)}")
        if not all(0 <= program <= 127 for program in self.programs):
            raise ValueError(f"midi.programs is {list(self.programs)}, expected 0 to 127 each")
        if not set(self.is_drums) <= {0, 1}:
            raise ValueError(f"midi.is_drums is {list(self.is_drums)}, expected 0 or 1 each")
        if not 5.0 <= self.tempo <= 999.0:  # what the bridge reads
            raise ValueError(f"midi.tempo is {self.tempo}, expected 5 to 999")


@dataclass(frozen=True)
class Config:
    """config.yaml: how the model is trained."""

    data_filename: str = key(
        "", "a .phrases store of process-data, or the .npz of collect-data (relative: to this folder)"
    )
    data_source: str = key("sa", "sa, whatever the data: a file tells what it is")
    data_root: str | None = key(None, "null: data_filename has the whole path")
    n_jobs: int = key(20, "20, of no effect: one thread reads ahead")
    use_train_test_split: bool = key(False, "false, of no effect: validation_share splits")
    validation_share: float = key(0.1, "share of the songs that training never sees")
    use_random_transpose: bool = key(True, "shift the pitched tracks of each phrase by -5 to +6 semitones")
    weigh_tracks: bool = key(False, "draw phrases with rarer tracks more often")

    steps: int = key(50000, "generator steps")
    batch_size: int = key(64, "phrases a step")
    n_dis_updates_per_gen_update: int = key(5, "critic updates a generator update")
    n_dis_warm_up_updates: int = key(50, "the same, for the first ten generator steps")
    initial_learning_rate: float = key(0.001, "Adam's, of both networks")
    use_learning_rate_decay: bool = key(True, "whether it falls")
    learning_rate_schedule: Schedule = key(Schedule(), "how it falls")
    legacy_step_count: bool = key(
        False, "schedules count the critic's updates too, as the original's: with its defaults they end at step 8258"
    )
    adam: Adam = key(Adam(), "the optimiser")
    gan_loss_type: str = key("wasserstein", ", ".join(LOSSES))
    use_gradient_penalties: bool = key(True, "whether the critic's gradient is kept near 1")
    gradient_penalty: float = key(10.0, "how strongly")
    use_slope_annealing: bool = key(False, "whether binary neurons become steeper; good for dbn and sbn")
    slope_schedule: SlopeSchedule = key(SlopeSchedule(), "how they do")
    ema_decay: float = key(0.999, "of the averaged generator, which samples and is exported; 0: no averaging")
    seed: int = key(0, "a run with the same seed and data repeats")
    precision: str = key("auto", "auto (bfloat16 where the processor has it), bf16-mixed or 32-true")

    log_loss_steps: int = key(100, "generator steps between lines in the log (0: never)")
    save_samples_steps: int = key(500, "between samples (0: never)")
    save_summaries_steps: int = key(0, "0: summaries are not supported")
    evaluate_steps: int = key(500, "between measurements of the music (0: never)")
    save_checkpoint_steps: int = key(500, "between checkpoints (0: only at the end)")
    sample_grid: tuple[int, ...] = key((4, 2), "rows and columns of phrases in a sample")
    save_array_samples: bool = key(True, "samples as arrays (.npy)")
    save_image_samples: bool = key(True, "samples as pictures (.png)")
    save_pianoroll_samples: bool = key(True, "samples as piano rolls (.npz)")
    colormap: tuple[tuple[float, ...], ...] = key(
        ((1.0, 0.0, 0.0), (1.0, 0.5, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.5, 1.0)),
        "a colour a track: red, green and blue, 0 to 1",
    )
    midi: Midi = key(Midi(), "tracks and tempo")

    def __post_init__(self) -> None:
        if not 0.0 <= self.validation_share < 1.0:
            raise ValueError(f"validation_share is {self.validation_share}, expected 0 to below 1")
        if not 0.0 <= self.ema_decay < 1.0:
            raise ValueError(f"ema_decay is {self.ema_decay}, expected 0 to below 1")
        if not self.initial_learning_rate > 0.0:
            raise ValueError(f"initial_learning_rate is {self.initial_learning_rate}, expected a positive number")
        for name in ("batch_size", "n_dis_updates_per_gen_update", "n_dis_warm_up_updates"):
            _at_least(name, getattr(self, name), 1)
        for name in ("steps", "log_loss_steps", "save_samples_steps", "evaluate_steps", "save_checkpoint_steps"):
            _at_least(name, getattr(self, name), 0)
        if not self.gradient_penalty >= 0.0:
            raise ValueError(f"gradient_penalty is {self.gradient_penalty}, expected 0 or more")
        _one_of("gan_loss_type", self.gan_loss_type, LOSSES)
        _one_of("precision", self.precision, ("auto", "bf16-mixed", "32-true"))
        if len(self.sample_grid) != 2 or min(self.sample_grid) < 1:
            raise ValueError(f"sample_grid is {list(self.sample_grid)}, expected rows and columns, each at least 1")
        if not all(len(colour) == 3 and all(0.0 <= part <= 1.0 for part in colour) for colour in self.colormap):
            raise ValueError(f"colormap is {self.colormap}, expected red, green and blue from 0 to 1 for each track")
        _only("sa", "data_source", self.data_source, "what data_filename names tells its own format")
        _only(None, "data_root", self.data_root, "write the whole path in data_filename")
        _only(20, "n_jobs", self.n_jobs, "phrases are read without jobs, leave it out")
        _only(False, "use_train_test_split", self.use_train_test_split, "say validation_share instead")
        _only(0, "save_summaries_steps", self.save_summaries_steps, "summaries are not supported, see log_loss_steps")
