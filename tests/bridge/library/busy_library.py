"""A program that uses a library until it is killed: PATH ACKNOWLEDGEMENTS SEED FIRST.

Each step goes into the file ACKNOWLEDGEMENTS when it is done: what it was, its number, and when.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from bridge.clock import now
from bridge.library import Library, SavedLatent
from tests.bridge.library.examples import an_entry

STEP_SECONDS = 0.002
STEPS_A_LATENT = 8

Action = Literal["push", "undo", "redo"]


def history_actions(seed: int) -> Iterator[Action]:
    """What the band does, step by step."""
    rng = random.Random(seed)
    while True:
        yield rng.choice(("push", "push", "push", "undo", "undo", "redo"))


def name_of(number: int) -> str:
    return f"take {number:06}"


def latent_of(number: int) -> SavedLatent:
    roll = np.full((4, 5, 16, 72), number % 2 == 1)
    return SavedLatent(name_of(number), "ab" * 32, np.full(128, number, dtype=np.float32), roll, float(number))


def main(path: Path, acknowledgements: Path, seed: int, first: int) -> None:
    with Library(path) as library, acknowledgements.open("wb", buffering=0) as done:

        def acknowledge(what: str, number: int) -> None:
            done.write(f"{what} {number} {now()}\n".encode())

        print("ready", flush=True)
        for number, action in enumerate(history_actions(seed), first):
            library.settings.save("counter", number)
            acknowledge("setting", number)
            if action == "push":
                library.history.push(an_entry(number))
            elif action == "undo":
                library.history.undo()
            else:
                library.history.redo()
            acknowledge("history", number)
            if number % STEPS_A_LATENT == 0:
                library.latents.save(latent_of(number))
                acknowledge("latent", number)
            time.sleep(STEP_SECONDS)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
