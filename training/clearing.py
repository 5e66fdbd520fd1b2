"""What a second run of an experiment deletes of the first: all but what the musician wrote, and the training data."""

from __future__ import annotations

import shutil
from pathlib import Path

from training.config_file import ConfigError
from training.experiment import Experiment
from training.training_data import open_training_data


def leftovers(experiment: Experiment) -> list[Path]:
    """Every file and folder in EXP_DIR but its configuration, exp_note.txt and the data to train on.

    Raises ConfigError, PhraseFileError or OSError for a folder that is no experiment, and where the configuration or
    the training data cannot be used: then a second run could not begin, and what the first one made would be lost.
    """
    needed = (experiment.params_file, experiment.config_file, experiment.note_file)
    missing = [path.name for path in needed if not path.is_file()]
    if missing:
        raise ConfigError(
            f"{experiment.folder} is no experiment: it has no {' and no '.join(missing)}. Nothing is deleted; name a "
            "folder that maisynth-train setup-exp made"
        )
    kept = (*needed, experiment.encoder_file)
    config = experiment.config()
    open_training_data(experiment, experiment.params(), config)
    data = experiment.data_file(config).resolve()
    return sorted(
        path for path in experiment.folder.iterdir() if path not in kept and not data.is_relative_to(path.resolve())
    )


def delete(paths: list[Path]) -> None:
    """Delete files, and folders with all in them; of a link, the link alone. Raises OSError."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
