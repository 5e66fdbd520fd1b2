"""Which of a checkpoint's two generators: the moving average over the training, or what the last step left."""

from __future__ import annotations

import argparse
from typing import Literal

Weights = Literal["average", "generator"]
WEIGHTS: dict[Weights, str] = {"average": "averaged weights", "generator": "weights of the last step, not averaged"}


def add_weights_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--weights",
        choices=tuple(WEIGHTS),
        default="average",
        help="average: the moving average over the training, which sounds better (the default); "
        "generator: as the last step left them",
    )
