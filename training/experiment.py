"""An experiment's folder, in the original's layout: its configuration, checkpoints, logs and samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from training.config import Config, Params
from training.config_file import ConfigError, read_config, write_config


@dataclass(frozen=True)
class Experiment:
    """EXP_DIR/{params.yaml, config.yaml, exp_note.txt, model/, logs/train/, samples/, eval/, results/}."""

    folder: Path

    @property
    def params_file(self) -> Path:
        return self.folder / "params.yaml"

    @property
    def config_file(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def encoder_file(self) -> Path:
        return self.folder / "encoder.yaml"

    @property
    def note_file(self) -> Path:
        return self.folder / "exp_note.txt"

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def logs(self) -> Path:
        return self.folder / "logs" / "train"

    @property
    def samples(self) -> Path:
        return self.folder / "samples"

    @property
    def evaluation(self) -> Path:
        return self.folder / "eval"

    @property
    def inference(self) -> Path:
        return self.folder / "results" / "inference"

    @property
    def interpolation(self) -> Path:
        return self.folder / "results" / "interpolation"

    def params(self) -> Params:
        return read_config(self.params_file, Params)

    def config(self) -> Config:
        return read_config(self.config_file, Config)

    def data_file(self, config: Config) -> Path:
        """The training data that config.yaml names, with or without its ending. Raises ConfigError."""
        make = "Make the data with maisynth-train collect-data MIDI_FOLDER data.npz and write its path there"
        if not config.data_filename:
            raise ConfigError(f"{self.config_file}: data_filename is empty. {make}")
        folder = self.folder if config.data_root is None else self.folder / config.data_root
        named = folder / config.data_filename
        for ending in ("", ".phrases", ".npz"):
            path = Path(f"{named}{ending}")
            if path.exists():
                return path
        raise ConfigError(
            f"{self.config_file}: data_filename is {config.data_filename!r}, and there is no {named}, with or without "
            f".phrases or .npz. {make}"
        )


def set_up(folder: Path, note: str, params: Params, config: Config) -> Experiment:
    """Make the folder with params.yaml, config.yaml and exp_note.txt. Raises ConfigError if it has them already."""
    experiment = Experiment(folder)
    for path in (experiment.params_file, experiment.config_file):
        if path.exists():
            raise ConfigError(f"{path} exists: choose another folder, or edit it")
    folder.mkdir(parents=True, exist_ok=True)
    write_config(experiment.params_file, params)
    write_config(experiment.config_file, config)
    experiment.note_file.write_text(note + "\n", encoding="utf-8")
    return experiment
