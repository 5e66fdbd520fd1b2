"""A recording replayed on a GPU does what the function does, call by call."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from training.augmentation import augmented
from training.config import Config
from training.cuda_graph import WARM_UP_CALLS, Replayed
from training.optimisers import adam, set_rate

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA here")

CALLS = WARM_UP_CALLS + 4  # as written, recorded, and replayed several times


def rows(number: int) -> Tensor:
    return torch.randn(6, 5, generator=torch.Generator().manual_seed(number)).cuda()


class Pupil:
    """A network that learns a little at each call, from what it is given. Its Python runs are counted."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1)).cuda()
        self.optimiser = adam(self.network.parameters(), Config(initial_learning_rate=0.01), recorded=True)
        self.runs = 0

    def learn(self, x: Tensor, wanted: Tensor) -> Tensor:
        self.runs += 1
        loss: Tensor = (self.network(x) - wanted).square().mean()
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        self.optimiser.step()
        return loss.detach()[None]

    def weights(self) -> list[Tensor]:
        return [parameter.detach().clone() for parameter in self.network.parameters()]


def test_a_replayed_step_is_the_step_as_written_at_every_call() -> None:
    one, other = Pupil(), Pupil()
    replayed = Replayed(one.learn)
    for number in range(CALLS):
        x, wanted = rows(number), rows(100 + number)[:, :1]
        torch.testing.assert_close(replayed(x, wanted), other.learn(x, wanted))
        for ours, plain in zip(one.weights(), other.weights(), strict=True):
            torch.testing.assert_close(ours, plain, rtol=1e-4, atol=1e-5)  # kernels may be chosen otherwise


def test_a_rate_set_between_two_replays_is_obeyed() -> None:
    pupil = Pupil()
    replayed = Replayed(pupil.learn)
    for number in range(CALLS):
        replayed(rows(number), rows(100 + number)[:, :1])
    before = pupil.weights()
    set_rate(pupil.optimiser, 0.0)
    replayed(rows(50), rows(150)[:, :1])
    assert all(torch.equal(was, now) for was, now in zip(before, pupil.weights(), strict=True))
    set_rate(pupil.optimiser, 0.01)
    replayed(rows(50), rows(150)[:, :1])
    assert not torch.equal(before[0], pupil.weights()[0])


def test_python_runs_while_it_is_recorded_and_never_again() -> None:
    pupil = Pupil()
    replayed = Replayed(pupil.learn)
    for number in range(CALLS):
        replayed(rows(number), rows(number)[:, :1])
    assert pupil.runs == WARM_UP_CALLS + 1


def test_each_call_hears_its_own_inputs() -> None:
    replayed = Replayed(lambda x, y: 2.0 * x + y)
    for number in range(CALLS):
        x, y = rows(number), rows(200 + number)
        assert torch.equal(replayed(x, y), 2.0 * x + y)


def test_inputs_are_copied_so_that_the_callers_memory_is_the_callers() -> None:
    heard: list[Tensor] = []

    def keep(x: Tensor) -> Tensor:
        heard.append(x)
        return x.mul_(3.0)  # in place: the recording's own memory

    replayed = Replayed(keep)
    for number in range(WARM_UP_CALLS):
        replayed(rows(number))
    for number in range(CALLS):
        x = rows(number)
        found = replayed(x)
        assert torch.equal(x, rows(number)), "the caller's tensor was written to"
        assert torch.equal(found, 3.0 * rows(number))
    assert heard[-1].data_ptr() != x.data_ptr()


def test_what_comes_back_stays_what_it_was() -> None:
    replayed = Replayed(lambda x: x + 1.0)
    found = [replayed(rows(number)) for number in range(CALLS)]
    for number, output in enumerate(found):
        assert torch.equal(output, rows(number) + 1.0)
    assert len({output.data_ptr() for output in found}) == CALLS


def test_chance_is_new_at_every_replay() -> None:
    # A critic hears other changes each time; the same ones after the same seed.
    def outcomes() -> list[Tensor]:
        torch.manual_seed(4)
        return [replayed(roll) for _ in range(4)]

    roll = torch.rand(16, 4, 4, 24, 3).cuda()
    replayed = Replayed(lambda x: augmented(x, 0.5))
    for _ in range(CALLS):
        replayed(roll)
    once, again = outcomes(), outcomes()
    assert not torch.equal(once[0], once[1])
    assert all(torch.equal(one, same) for one, same in zip(once, again, strict=True))


def test_another_number_of_inputs_than_was_recorded_is_refused() -> None:
    replayed = Replayed(lambda *x: torch.stack(x).sum(0))
    for number in range(CALLS):
        replayed(rows(number), rows(number))
    with pytest.raises(ValueError, match=r"zip\(\)"):
        replayed(rows(0))
