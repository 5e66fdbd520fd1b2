"""kill -9 while a client saves: what the bridge has acknowledged is there after a restart."""

from __future__ import annotations

import os
import random
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.doors.client import BridgeClient, NoAnswer
from tests.peers.bridge_process import RunningBridge, serve

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the signals of POSIX")

KILLS = int(os.environ.get("MAISYNTH_KILLS", "15"))  # a longer run by hand: MAISYNTH_KILLS=500
KILL_SEED = 20
LONGEST_LIFE = 0.5  # seconds of saving before the kill comes
SAVES_A_PHRASE = 5  # then another is generated
THRESHOLD = 0.9  # so that a phrase has few notes and few messages
IMPATIENT_SECONDS = 0.5  # a bridge that is killed between question and answer never answers


@dataclass(frozen=True)
class Survival:
    """All lives of one library: what was acknowledged, and what was found of it."""

    saves_a_life: list[int]  # that were acknowledged
    missing: list[str]  # acknowledged before a kill, not listed after it
    otherwise: list[str]  # recalled as another piece than was saved
    recalled: int


@pytest.fixture(scope="module")
def survival(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Survival:
    library = tmp_path_factory.mktemp("library") / "library.sqlite"
    dice = random.Random(KILL_SEED)
    acknowledged: dict[str, str] = {}  # name: the piece's id
    saves: list[int] = []
    missing: list[str] = []
    otherwise: list[str] = []
    for life in range(KILLS + 1):
        with serve(tiny_model, library) as bridge:
            with BridgeClient(bridge.address) as client:
                client.request("/mai/set", "threshold", THRESHOLD)
                listed = names(client)
                missing += [name for name in acknowledged if name not in listed]
                known = [name for name in acknowledged if name.startswith(f"{life - 1} ")]
                otherwise += [name for name in known if name in listed and recall(client, name) != acknowledged[name]]
            if life < KILLS:
                new = save_until_killed(bridge, life, dice.uniform(0.0, LONGEST_LIFE))
                acknowledged |= new
                saves.append(len(new))
    return Survival(saves, missing, otherwise, len(acknowledged))


def save_until_killed(bridge: RunningBridge, life: int, seconds: float) -> dict[str, str]:
    """Saves as fast as the bridge says done; returns the saved names with the id of the piece that each holds."""
    acknowledged: dict[str, str] = {}
    with BridgeClient(bridge.address, timeout=IMPATIENT_SECONDS) as client:
        piece = generate(client, 1000 * life)
        killer = threading.Timer(seconds, bridge.process.kill)
        killer.start()
        number = 0
        try:
            while bridge.process.poll() is None:
                number += 1
                if number % SAVES_A_PHRASE == 0:
                    piece = generate(client, 1000 * life + number)
                name = f"{life} {number}"
                client.request("/mai/latent/save", name)
                acknowledged[name] = piece
        except (NoAnswer, ConnectionRefusedError):
            pass
        killer.join()
        assert bridge.process.wait(10.0) == -signal.SIGKILL
    return acknowledged


def generate(client: BridgeClient, seed: int) -> str:
    """Returns the new piece's id."""
    return str(client.request("/mai/generate", seed)[-1].arguments[1])


def recall(client: BridgeClient, name: str) -> str:
    """Returns the id of the piece that plays then; it came whole."""
    *bars, done = client.request("/mai/latent/recall", name)
    assert len({bar.arguments[1:3] for bar in bars}) == 20, name
    return str(done.arguments[1])


def names(client: BridgeClient) -> set[str]:
    return {str(name) for message in client.request("/mai/latent/list")[:-1] for name in message.arguments[1:]}


def test_every_acknowledged_latent_is_listed_after_a_kill(survival: Survival) -> None:
    assert len(survival.saves_a_life) == KILLS
    assert sum(count > 0 for count in survival.saves_a_life) > KILLS / 2, "most kills came before anything was saved"
    assert survival.missing == []


def test_every_acknowledged_latent_is_recalled_as_the_piece_that_was_saved(survival: Survival) -> None:
    assert survival.recalled == sum(survival.saves_a_life) > KILLS
    assert survival.otherwise == []
