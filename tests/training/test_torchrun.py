"""torchrun and fabric run: the command that trains alone trains in several processes too."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.board import curves
from tests.training.small import QUICK, log_of, losses_of, newest, run, small_experiment
from tests.training.trainers import ONE_THREAD, REPOSITORY
from training.experiment import Experiment

pytestmark = pytest.mark.skipif(os.name == "nt", reason="torchrun needs fork and SIGTERM")

CONFIG = replace(QUICK, batch_size=4, initial_learning_rate=1e-4, save_checkpoint_steps=3, save_summaries_steps=1)
PATIENCE = 120.0  # seconds


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """Four steps of one process."""
    experiment = small_experiment(tmp_path_factory.mktemp("torchrun"), CONFIG, name="alone")
    run(experiment)
    return experiment


def assert_like(experiment: Experiment, alone: Experiment) -> None:
    """The losses of the same steps, within what float32 rounds: the largest difference seen is 2e-7."""
    ours, expected = curves(experiment.logs), curves(alone.logs)
    for name in ("loss/critic", "loss/gradient_penalty", "loss/generator"):
        assert {step: ours[name][step] for step in expected[name]} == pytest.approx(expected[name], abs=2e-6), name
    assert log_of(experiment)[0].startswith("cpu 32-true, 2 x 1 threads; 7 phrases")
    assert [line.split()[1] for line in losses_of(experiment)[:4]] == ["1", "2", "3", "4"], (
        "not one process alone writes"
    )


def test_under_torchrun_two_processes_have_the_losses_of_one_and_sigterm_stops_both(alone: Experiment) -> None:
    experiment = small_experiment(alone.folder.parent, replace(CONFIG, steps=10_000), name="torchrun")
    options = ["--standalone", "--nproc-per-node", "2", "-m", "training"]
    command = [sys.executable, "-m", "torch.distributed.run", *options, "run-train", str(experiment.folder)]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, env=ONE_THREAD, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    overdue = threading.Timer(PATIENCE, process.kill)
    overdue.start()
    assert process.stdout is not None
    with process, process.stdout as lines:
        for line in lines:
            if " step 5 " in line:
                break
        process.send_signal(signal.SIGTERM)
        lines.read()  # ends when both processes have
    overdue.cancel()
    step = newest(experiment).step
    assert 5 <= step < 10_000
    assert losses_of(experiment)[-1].startswith(f"step {step} ")
    assert log_of(experiment)[-1].startswith(f"stopped at step {step}: ")
    assert_like(experiment, alone)


def test_fabric_run_trains_alike(alone: Experiment, tmp_path: Path) -> None:
    experiment = small_experiment(alone.folder.parent, CONFIG, name="fabric")
    script = tmp_path / "maisynth-train"  # as an installer writes it
    script.write_text("import sys\nfrom training.__main__ import main\nsys.exit(main())\n")
    options = ["--accelerator=cpu", "--strategy=ddp", "--devices=2", f"--main-port={free_port()}"]
    command = [str(Path(sys.executable).with_name("fabric")), "run", *options, str(script)]
    environment = {**ONE_THREAD, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [*command, "run-train", str(experiment.folder)],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert log_of(experiment)[-1].startswith("finished at step 4: ")
    assert_like(experiment, alone)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
