"""Normalisation over the rows of one process, of one row, and of two processes as if they were one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.multiprocessing.spawn import spawn

from tests.training.twins import assert_close, shake
from training.networks.generators import DefaultGenerator
from training.networks.grid import grid_of
from training.networks.normalisation import NORM_EPSILON, RowNorm, row_moments
from training.networks.track_expand import TrackExpand
from training.processes import own_share, share_gradients

GRID = grid_of([1, 4, 24, 2], 2)


def test_of_tracks_is_the_same_normalisation_of_what_lies_the_other_way() -> None:
    torch.manual_seed(0)
    rows = torch.randn(30, 4) + 1.0
    one, other = RowNorm(4), RowNorm(4)
    shake(one)
    other.load_state_dict(one.state_dict())
    torch.testing.assert_close(one(rows), other.of_tracks(rows.t()).t())
    torch.testing.assert_close(one.running_var, other.running_var)
    torch.testing.assert_close(one.eval()(rows), other.eval().of_tracks(rows.t()).t())


def test_one_row_is_normalised_to_the_shift_and_can_be_learned_from() -> None:
    torch.manual_seed(0)
    norm = RowNorm(3, shift=-2.0)
    row = torch.randn(1, 3, requires_grad=True)
    normed = norm(row)
    torch.testing.assert_close(normed, torch.full((1, 3), -2.0))
    normed.sum().backward()
    assert row.grad is not None
    assert row.grad.abs().max() < 1e-6
    torch.testing.assert_close(norm.running_mean, 0.01 * row.detach()[0])
    torch.testing.assert_close(norm.running_var, torch.full((3,), 0.99))


def test_at_rest_the_running_statistics_count() -> None:
    norm = RowNorm(2)
    norm.running_mean.copy_(torch.tensor([1.0, -1.0]))
    norm.running_var.copy_(torch.tensor([4.0, 0.25]) - NORM_EPSILON)
    norm.eval()
    torch.testing.assert_close(norm(torch.tensor([[3.0, 0.0]])), torch.tensor([[1.0, 2.0]]))


class Normalised(nn.Module):
    """Everything that asks for the statistics of rows, once: a row norm, private layers, and a whole generator."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.norm = RowNorm(6)
        self.private = TrackExpand(tracks=2, channels_in=6, channels_out=3, positions=4)
        self.generator = DefaultGenerator(6, 2, GRID)
        shake(self)
        self.double()

    def forward(self, rows: Tensor) -> tuple[Tensor, ...]:
        normed = self.norm(rows)
        private = self.private(normed, row_moments(normed))  # (tracks, rows * positions, channels)
        by_row = private.view(2, len(rows), -1).transpose(0, 1).flatten(1)
        return normed, by_row, self.generator(rows).flatten(1)


def learned(rows: Tensor) -> dict[str, Tensor]:
    """What a step of this process leaves: its outputs, statistics and gradients, by name. The loss is the mean over
    what the rows play, weighed cell by cell."""
    network = Normalised().train()
    rows.requires_grad_()
    outputs = network(rows)
    weights = [torch.linspace(-1.0, 2.0, output.shape[1], dtype=torch.float64).sin() for output in outputs]
    loss = sum(((output + output.square()) @ weight).mean() for output, weight in zip(outputs, weights, strict=True))
    assert isinstance(loss, Tensor)
    torch.autograd.backward(loss)
    share_gradients(network.parameters())
    assert rows.grad is not None
    found = {f"output {number}": output.detach() for number, output in enumerate(outputs)}
    found |= {name: tensor for name, tensor in network.state_dict().items() if "running" in name}
    found |= {f"gradient of {name}": p.grad for name, p in network.named_parameters() if p.grad is not None}
    return found | {"gradient of the rows": rows.grad}


def some_rows() -> Tensor:
    return torch.randn(8, 6, generator=torch.Generator().manual_seed(5), dtype=torch.float64) + 0.5


def learn_in_a_process(rank: int, folder: str) -> None:
    """One of two processes that learn from half of the rows each."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=(Path(folder) / "meeting").as_uri(), rank=rank, world_size=2)
    try:
        torch.save(learned(own_share(some_rows())), Path(folder) / f"{rank}.pt")
        dist.barrier()
    finally:
        dist.destroy_process_group()


@pytest.fixture(scope="module")
def alone() -> dict[str, Tensor]:
    return learned(some_rows())


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Tensor]]:
    """What each of two real processes learned from its half."""
    folder = tmp_path_factory.mktemp("processes")
    spawn(learn_in_a_process, args=(str(folder),), nprocs=2)  # type: ignore[no-untyped-call]
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


def test_two_processes_play_what_one_plays_with_both_halves(
    alone: dict[str, Tensor], halves: list[dict[str, Tensor]]
) -> None:
    for number in range(3):
        name = f"output {number}"
        assert_close(torch.cat([half[name] for half in halves]), alone[name], 1e-10, name)


def test_two_processes_keep_the_statistics_of_both_halves(
    alone: dict[str, Tensor], halves: list[dict[str, Tensor]]
) -> None:
    names = [name for name in alone if "running" in name]
    assert len(names) == 2 * (2 + 3 + 4 + 1)  # the norm and the private layer, trunk, branches, merge
    for name in names:
        for half in halves:
            assert_close(half[name], alone[name], 1e-10, name)


def test_two_processes_learn_what_one_learns_from_both_halves(
    alone: dict[str, Tensor], halves: list[dict[str, Tensor]]
) -> None:
    gradients = {name: tensor for name, tensor in alone.items() if name.startswith("gradient of ")}
    # A bias before a normalisation has no gradient: what is there is rounding, small beside the others.
    floor = 1e-10 * max(float(gradient.norm()) for gradient in gradients.values())
    rows = gradients.pop("gradient of the rows")
    for name, gradient in gradients.items():
        for half in halves:
            assert_close(half[name], gradient, 1e-8, name, floor)
    # A process's loss is the mean over its own half, which is twice its share of the whole mean.
    found = torch.cat([half["gradient of the rows"] for half in halves]) / 2
    assert_close(found, rows, 1e-8, "the gradient of the rows", floor)
