"""Several processes train as one, or say why not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.training import together
from tests.training.small import PARAMS, QUICK, losses_of, newest, run, small_experiment
from tests.training.together import Pairs
from training.checkpoint import newest_checkpoint
from training.config import Nets, Params
from training.processes import (
    any_process,
    mean_over_processes,
    own_share,
    process_count,
    process_rank,
    same_everywhere,
    share_gradients,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="these tests fork, which Windows cannot")


@pytest.fixture(scope="module")
def pairs() -> Iterator[Pairs]:
    with Pairs() as started:
        yield started


def test_alone_there_is_nobody_to_ask() -> None:
    batch = torch.arange(3)
    parameter = nn.Parameter(torch.zeros(2))
    parameter.grad = torch.ones(2)
    share_gradients([parameter])
    assert (process_count(), process_rank()) == (1, 0)
    assert own_share(batch) is batch
    assert mean_over_processes(batch) is batch
    assert parameter.grad.tolist() == [1.0, 1.0]
    assert [any_process(wish) for wish in (False, True)] == [False, True]
    assert same_everywhere([batch])


def test_what_processes_ask_each_other_has_one_answer(pairs: Pairs, tmp_path: Path) -> None:
    first, second = pairs.run(together.talk, tmp_path)
    assert (first.pop("rank"), second.pop("rank")) == (0, 1)
    assert (first.pop("share"), second.pop("share")) == ([0, 1, 2], [3, 4, 5])
    # Both read the mean, so what comes back is the mean of both gradients, 1 and 2, times the process's own factor.
    assert (first.pop("gradient"), second.pop("gradient")) == ([1.5, 1.5], [3.0, 3.0])
    assert first == second
    assert first["mean"] == [1.5, 3.0]
    assert first["shared"] == [[2.0, 2.0], [2.0, 2.0]]
    assert first["unused"] is None
    assert first["any"] == [False, True, True, True]
    same = {"equal": True, "not contiguous": True, "nothing": True}
    assert first["same"] == same | {"one bit": False, "a sign": False, "a step": False, "the order": False}


ACCOMPANIMENT = replace(PARAMS, is_accompaniment=True, condition_track_idx=1, nets=Nets("accompaniment"))
HYBRID = replace(PARAMS, nets=Nets("hybrid"))


@pytest.mark.parametrize("params", [PARAMS, ACCOMPANIMENT, HYBRID], ids=lambda params: params.nets.generator)
def test_two_processes_learn_what_one_learns(params: Params, pairs: Pairs, tmp_path: Path) -> None:
    config = replace(QUICK, steps=2, batch_size=4, weigh_tracks=True, n_dis_updates_per_gen_update=2)
    one, two = (small_experiment(tmp_path, config, params, name) for name in ("one", "two"))
    assert pairs.run_alone(together.train_in_float64, one.folder) == "trained"
    assert pairs.run(together.train_in_float64, two.folder) == ["trained", "trained"]
    alone, both = newest(one), newest(two)
    assert alone.step == both.step == 2
    for state in ("generator", "critic", "average"):
        expected, found = getattr(alone, state), getattr(both, state)
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            torch.testing.assert_close(found[name], value, rtol=1e-9, atol=1e-9, msg=f"{state} {name}")
    assert losses_of(one) == losses_of(two)


def test_a_process_whose_weights_differ_is_noticed_before_anything_is_saved(pairs: Pairs, tmp_path: Path) -> None:
    experiment = small_experiment(tmp_path, replace(QUICK, save_checkpoint_steps=2))
    said = pairs.run(together.train_with_a_fault, experiment.folder)
    assert all("weights have drifted apart at step 2, nothing is saved" in each for each in said), said
    assert newest_checkpoint(experiment.model) is None


def test_machines_that_share_no_disk_are_noticed_before_anything_is_trained(pairs: Pairs, tmp_path: Path) -> None:
    config = replace(QUICK, steps=1)
    run(small_experiment(tmp_path, config, name="with"))
    small_experiment(tmp_path, config, name="without")
    said = pairs.run(together.train_where_one_sees_no_checkpoint, tmp_path)
    assert all("the processes begin with different weights" in each for each in said), said


def test_a_batch_that_cannot_be_shared_evenly_is_refused(pairs: Pairs, tmp_path: Path) -> None:
    experiment = small_experiment(tmp_path, replace(QUICK, batch_size=3))
    said = pairs.run(together.train, experiment.folder)
    message = "batch_size is 3, which 2 processes cannot share evenly: expected a multiple of 2"
    assert said == [message, message]
    assert not experiment.model.exists()
