"""Where things are: the model that comes with the bridge, and a user's saved latents."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from platformdirs import user_data_path, user_runtime_path

EMBEDDED_MODEL = Path(__file__).parent / "models" / "embedded.onnx"


def default_library() -> Path:
    """The file of saved latents in the user's data folder."""
    return user_data_path("MAIsynthesizer", appauthor=False) / "latents.sqlite"


def models_folder() -> Path:
    """Where the bridge looks for exported models in the user's data folder; it need not exist."""
    return user_data_path("MAIsynthesizer", appauthor=False) / "models"


def running_folder() -> Path:
    """Where bridges keep what matters while they run: memory on most systems, private to the user on all."""
    if sys.platform == "linux" and not os.environ.get("XDG_RUNTIME_DIR"):  # a folder of /tmp would be everyone's
        return user_data_path("MAIsynthesizer", appauthor=False) / "running"
    return user_runtime_path("MAIsynthesizer", appauthor=False)
