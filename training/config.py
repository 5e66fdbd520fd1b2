"""params.yaml and config.yaml: every key with its default and what it means. The one source for files, checks and help.

params.yaml says what the model is, config.yaml how it is trained. The key names are those of the original MuseGAN,
all of which are here; a value that would ask for what is not here is refused, never passed over.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.contract import KEY_VALUES
from training.config_keys import agrees, at_least, key, one_of, only
from training.networks.grid import grid_of

# By name, so that a configuration can be checked without torch; networks/presets.py and losses.py say what each is.
ACCOMPANIMENT, GRID = "accompaniment", "grid"
GENERATORS = (
    "default",
    "dbn",
    "sbn",
    ACCOMPANIMENT,
    "composer",
    "jamming",
    "hybrid",
    GRID,
    "bad_pitch_order",
    "bad_temp_order",
)
BINARY_GENERATORS = ("dbn", "sbn")
LATENT_PARTS = {"composer": 2, "jamming": 2, "hybrid": 4}  # of equal length, in what a track hears
CRITICS = ("default", "phrase", "no_chroma_stream", "no_onset_offset_stream", "no_chroma_onset_offset_streams")
LOSSES = ("wasserstein", "hinge", "nonsaturating", "classic")
PENALTIES = ("wasserstein", "r1")


@dataclass(frozen=True)
class Nets:
    """Which networks."""

    generator: str = key("default", ", ".join(GENERATORS))
    discriminator: str = key("default", ", ".join(CRITICS))

    def __post_init__(self) -> None:
        one_of("nets.generator", self.generator, GENERATORS)
        one_of("nets.discriminator", self.discriminator, CRITICS)


@dataclass(frozen=True)
class LatentParts:
    """How many values of the grid generator's latent are whose."""

    song: int = key(64, "of the whole phrase: all tracks, all bars")
    bar: int = key(8, "of each bar: all tracks")
    track: int = key(32, "of each track: all bars")
    track_bar: int = key(4, "of each track's bar")
    song_key: int = key(
        KEY_VALUES, "of the key: 2, the band learns in one key and plays in all; 0, it learns all that the data has"
    )

    def __post_init__(self) -> None:
        if self.song_key not in (0, KEY_VALUES):
            raise ValueError(f"latent_parts.song_key is {self.song_key}, expected {KEY_VALUES}, or 0 for none")
        for name in ("song", "bar", "track", "track_bar"):
            at_least(f"latent_parts.{name}", getattr(self, name), 1)

    def size(self, bars: int, tracks: int) -> int:
        """Length of the whole latent."""
        return self.song_key + self.song + bars * self.bar + tracks * self.track + bars * tracks * self.track_bar


@dataclass(frozen=True)
class Params:
    """params.yaml: what the model is. It cannot change once a run has started."""

    data_shape: tuple[int, ...] = key((4, 48, 84, 5), "bars, steps a bar, pitches, tracks: those of the data")
    beat_resolution: int = key(12, "steps a beat (quarter note)")
    latent_dim: int = key(128, "length of the latent vector; with jamming and hybrid, of what each track hears of it")
    latent_parts: LatentParts = key(LatentParts(), "with grid, latent_dim is the sum of its parts")
    drum_tracks: tuple[int, ...] = key((0,), "with grid: the indices of the tracks that its song_key does not move")
    initial_output_shift: float = key(
        -2.0, "where the last normalisation starts; 0 as in the original lets half of all cells sound at first"
    )
    is_conditional: bool = key(False, "false: models that are told a label are not supported")
    is_accompaniment: bool = key(False, "true for a model that plays to a given track")
    condition_track_idx: int | None = key(None, "the given track's index (of an accompaniment; null without)")
    use_binary_neurons: bool = key(False, "true for dbn and sbn, whose cells are on or off while they learn")
    nets: Nets = key(Nets(), "the networks")

    def __post_init__(self) -> None:
        only(False, "is_conditional", self.is_conditional, "models that are told a label are not supported")
        grid_of(self.data_shape, self.beat_resolution)
        agrees("use_binary_neurons", self.use_binary_neurons, self.nets.generator, BINARY_GENERATORS)
        agrees("is_accompaniment", self.is_accompaniment, self.nets.generator, (ACCOMPANIMENT,))
        self._check_condition()
        at_least("latent_dim", self.latent_dim, 1)
        self._check_parts()
        self._check_drums()
        parts = LATENT_PARTS.get(self.nets.generator, 1)
        if self.latent_dim % parts:
            raise ValueError(
                f"latent_dim is {self.latent_dim}: the {self.nets.generator} network divides it into {parts} equal "
                f"parts, expected a multiple of {parts}"
            )

    def _check_parts(self) -> None:
        if self.nets.generator != GRID:
            only(LatentParts(), "latent_parts", self.latent_parts, "only the grid network has them")
            return
        size = self.latent_parts.size(self.data_shape[0], self.data_shape[3])
        if self.latent_dim != size:
            raise ValueError(f"latent_dim is {self.latent_dim}, expected the sum of latent_parts, {size}, with grid")

    def _check_drums(self) -> None:
        tracks = self.data_shape[3]
        if not all(0 <= track < tracks for track in self.drum_tracks):
            raise ValueError(f"drum_tracks is {list(self.drum_tracks)}, expected indices of tracks, 0 to {tracks - 1}")

    def _check_condition(self) -> None:
        tracks = self.data_shape[3]
        if not self.is_accompaniment:
            only(None, "condition_track_idx", self.condition_track_idx, "only an accompaniment has a given track")
        elif tracks < 2:
            raise ValueError(f"data_shape is {list(self.data_shape)}: an accompaniment needs at least 2 tracks")
        elif self.condition_track_idx is None or not 0 <= self.condition_track_idx < tracks:
            raise ValueError(
                f"condition_track_idx is {self.condition_track_idx}, expected the given track of an accompaniment, "
                f"0 to {tracks - 1}"
            )


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

    @property
    def drum_tracks(self) -> tuple[int, ...]:
        """Their indices."""
        return tuple(index for index, is_drum in enumerate(self.is_drums) if is_drum)

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
        "train_x_lpd_5_phr",
        "a store of process-data or the .npz of collect-data, with or without its ending (relative: to data_root)",
    )
    data_source: str = key("sa", "sa, npy or npz, all the same here: a file tells what it is")
    data_root: str | None = key(None, "the folder of data_filename (null: this one)")
    n_jobs: int = key(20, "threads that prepare batches, at most as many as there are cores")
    use_train_test_split: bool = key(False, "hold songs out, to measure what training never saw")
    validation_share: float = key(0.1, "which share of the songs, where songs are held out")
    use_random_transpose: bool = key(
        False, "shift the pitched tracks of each phrase by -5 to +6 semitones (with a song_key: needless)"
    )
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
    gradient_penalty_type: str = key(
        "wasserstein", "wasserstein: near 1 between real and generated phrases; r1: near 0 at real ones"
    )
    augment: float = key(
        0.0, "how often (0-1) real and generated phrases are changed before the critic hears them, for small corpora"
    )
    path_penalty: float = key(
        0.0, "how strongly the ways between latents are kept from detours, so that morphs are smooth (0: not at all)"
    )
    path_penalty_start: int = key(0, "generator step from which they are: from the start it costs variety")
    use_slope_annealing: bool = key(False, "whether binary neurons become steeper; good for dbn and sbn")
    slope_schedule: SlopeSchedule = key(SlopeSchedule(), "how they do")
    ema_decay: float = key(0.999, "of the averaged generator, which samples and is exported; 0: no averaging")
    seed: int = key(0, "a run with the same seed and data repeats")
    precision: str = key("auto", "auto (bfloat16 where the processor has it), bf16-mixed or 32-true")

    log_loss_steps: int = key(100, "generator steps between lines in the log (0: never)")
    save_samples_steps: int = key(100, "between samples (0: never)")
    save_summaries_steps: int = key(0, "between scalars and pictures for TensorBoard (0: never)")
    evaluate_steps: int = key(100, "between measurements of the music (0: never)")
    save_checkpoint_steps: int = key(10000, "between checkpoints (0: only at the end and by the minutes below)")
    save_checkpoint_minutes: float = key(10.0, "between checkpoints too, whatever the steps (0: by steps alone)")
    sample_grid: tuple[int, ...] = key((8, 8), "rows and columns of phrases in a sample")
    save_array_samples: bool = key(True, "samples as arrays (.npy)")
    save_image_samples: bool = key(True, "samples as pictures (.png)")
    save_pianoroll_samples: bool = key(True, "samples as piano rolls (.npz)")
    colormap: tuple[tuple[float, ...], ...] = key(
        ((1.0, 0.0, 0.0), (1.0, 0.5, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.5, 1.0)),
        "a colour a track: red, green and blue, 0 to 1",
    )
    midi: Midi = key(Midi(), "tracks and tempo")

    @property
    def held_out_share(self) -> float:
        """The share of the songs that training never sees."""
        return self.validation_share if self.use_train_test_split else 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.validation_share < 1.0:
            raise ValueError(f"validation_share is {self.validation_share}, expected 0 to below 1")
        if not 0.0 <= self.ema_decay < 1.0:
            raise ValueError(f"ema_decay is {self.ema_decay}, expected 0 to below 1")
        if not self.initial_learning_rate > 0.0:
            raise ValueError(f"initial_learning_rate is {self.initial_learning_rate}, expected a positive number")
        for name in ("batch_size", "n_dis_updates_per_gen_update", "n_dis_warm_up_updates", "n_jobs"):
            at_least(name, getattr(self, name), 1)
        counts = ("log_loss_steps", "save_samples_steps", "save_summaries_steps", "evaluate_steps")
        for name in ("steps", *counts, "save_checkpoint_steps", "path_penalty_start"):
            at_least(name, getattr(self, name), 0)
        if not self.save_checkpoint_minutes >= 0.0:
            raise ValueError(f"save_checkpoint_minutes is {self.save_checkpoint_minutes}, expected 0 or more")
        for name in ("gradient_penalty", "path_penalty"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 0 or more")
        if not 0.0 <= self.augment < 1.0:
            raise ValueError(f"augment is {self.augment}, expected 0 to below 1")
        one_of("gan_loss_type", self.gan_loss_type, LOSSES)
        one_of("gradient_penalty_type", self.gradient_penalty_type, PENALTIES)
        one_of("precision", self.precision, ("auto", "bf16-mixed", "32-true"))
        if len(self.sample_grid) != 2 or min(self.sample_grid) < 1:
            raise ValueError(f"sample_grid is {list(self.sample_grid)}, expected rows and columns, each at least 1")
        if not all(len(colour) == 3 and all(0.0 <= part <= 1.0 for part in colour) for colour in self.colormap):
            raise ValueError(f"colormap is {self.colormap}, expected red, green and blue from 0 to 1 for each track")
        one_of("data_source", self.data_source, ("sa", "npy", "npz"))
