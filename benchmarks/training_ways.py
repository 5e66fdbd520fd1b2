"""Ways to a faster training step that were tried: python -m benchmarks.training_ways [--batch 16]

Each beside what it would replace, in turns in one run, in the precision of training: the generator there and back, and
the critic on real and fake phrases there and back, compiled by torch.compile; the critic on real and fake phrases as
one batch; on those and the penalty's as one. What is kept is what was fastest (training/networks). The first minutes
are the compiler's, which needs a C++ compiler.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from training.devices import choose_precision, keep_freed_memory
from training.losses import gradient_penalty
from training.networks.critics import DefaultCritic
from training.networks.generators import DefaultGenerator

Work = Callable[[], None]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args(argv)
    keep_freed_memory()
    torch.manual_seed(0)
    bench = Bench(arguments.batch)
    compiled_generator, compiled_critic = torch.compile(bench.generator), torch.compile(bench.critic)
    pairs: tuple[tuple[str, Work, str, Work], ...] = (
        (
            "generator there and back",
            lambda: bench.generate(bench.generator),
            "the same, torch.compile",
            lambda: bench.generate(compiled_generator),
        ),
        (
            "critic on real and fake",
            lambda: bench.judge(bench.critic),
            "the same, torch.compile",
            lambda: bench.judge(compiled_critic),
        ),
        ("critic on real and fake", lambda: bench.judge(bench.critic), "the same, one batch", bench.judge_together),
        ("critic, and its penalty", bench.judge_and_penalise, "the same, one batch", bench.penalise_together),
    )
    print(f"{torch.get_num_threads()} threads, batch {arguments.batch}, {choose_precision('auto')}; medians")
    for kept_name, kept, tried_name, tried in pairs:
        before, after = _in_turns((kept, tried), arguments.repeats)
        print(
            f"{kept_name:<26}{before * 1e3:>7.0f} ms   {tried_name:<26}{after * 1e3:>7.0f} ms{before / after:>7.2f} x"
        )
    return 0


class Bench:
    """A generator, a critic, and phrases to work on."""

    def __init__(self, batch: int) -> None:
        self.generator, self.critic = DefaultGenerator(), DefaultCritic()
        self._latents = torch.randn(batch, 128)
        self._mixing = torch.rand(batch, 1, 1, 1, 1)
        with self._autocast(), torch.no_grad():
            self._fake = self.generator(self._latents)
        self._real = ((torch.rand(batch, 4, 48, 84, 5) < 0.02).float() * 2 - 1).to(self._fake.dtype)
        self._mixing = self._mixing.to(self._fake.dtype)

    def generate(self, generator: Callable[[Tensor], Tensor]) -> None:
        with self._autocast():
            rolls = generator(self._latents)
        torch.autograd.backward(rolls, self._fake)

    def judge(self, critic: Callable[[Tensor], Tensor]) -> None:
        with self._autocast():
            loss = critic(self._real).mean() - critic(self._fake).mean()
        _back(loss)

    def judge_together(self) -> None:
        with self._autocast():
            real, fake = self.critic(torch.cat((self._real, self._fake))).chunk(2)
            loss = real.mean() - fake.mean()
        _back(loss)

    def judge_and_penalise(self) -> None:
        with self._autocast():
            loss = self.critic(self._real).mean() - self.critic(self._fake).mean()
            loss = loss + 10.0 * gradient_penalty(self.critic, self._real, self._fake, self._mixing)
        _back(loss)

    def penalise_together(self) -> None:
        between = (self._real + self._mixing * (self._fake - self._real)).requires_grad_()
        with self._autocast():
            scores = self.critic(torch.cat((self._real, self._fake, between)))
            real, fake, mixed = scores.chunk(3)
            (gradient,) = torch.autograd.grad(mixed.sum(), between, create_graph=True)
            slope = torch.sqrt(1e-8 + gradient.float().square().flatten(1).sum(1))
            loss = real.mean() - fake.mean() + 10.0 * (slope - 1.0).square().mean()
        _back(loss)

    def _autocast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=choose_precision("auto") == "bf16-mixed")


def _back(loss: Tensor) -> None:
    torch.autograd.backward(loss)


def _in_turns(works: Sequence[Work], repeats: int) -> list[float]:
    """Median seconds of each; the first two turns are warm-ups."""
    times: list[list[float]] = [[] for _ in works]
    for turn in range(repeats + 2):
        for work, taken in zip(works, times, strict=True):
            begin = time.perf_counter()
            work()
            if turn >= 2:
                taken.append(time.perf_counter() - begin)
    return [statistics.median(taken) for taken in times]


if __name__ == "__main__":
    sys.exit(main())
