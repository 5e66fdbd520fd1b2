"""How fast a training step is: python -m benchmarks.training_speed

One step is one critic update with its gradient penalty and one generator update, on the same random phrases. Compared
in one run: the networks as convolution layers in float32, as the public ports write them; ours in float32; ours in
bfloat16 where the processor multiplies it. The floor is the multiplications of such a step at the rate that one large
matrix product reaches here.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from benchmarks.plain_networks import PlainCritic, PlainGenerator
from training.devices import choose_precision, keep_freed_memory
from training.losses import LOSSES, gradient_penalty
from training.networks.critics import DefaultCritic
from training.networks.generators import DefaultGenerator

WASSERSTEIN = LOSSES["wasserstein"]
GENERATOR_PRODUCTS = 248e6  # multiplications of one phrase, forward
CRITIC_PRODUCTS = 66e6
# Critic update: a phrase made, two scored there and back (3 x), the penalty twice differentiated (6 x). Generator
# update: the generator there and back (3 x), the critic there and its input's gradient (2 x).
STEP_PRODUCTS = GENERATOR_PRODUCTS + 2 * 3 * CRITIC_PRODUCTS + 6 * CRITIC_PRODUCTS
STEP_PRODUCTS += 3 * GENERATOR_PRODUCTS + 2 * CRITIC_PRODUCTS


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=5, help="timed steps of each (%(default)s)")
    arguments = parser.parse_args(argv)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cpu":
        keep_freed_memory()
    print(f"{device}, {torch.get_num_threads()} threads, batch {arguments.batch}, torch {torch.__version__}")
    plain = Step(PlainGenerator(), PlainCritic(), arguments.batch, device, bfloat16=False)
    ours = Step(DefaultGenerator(), DefaultCritic(), arguments.batch, device, bfloat16=False)
    contenders: dict[str, Callable[[], None]] = {"convolution layers, float32": plain, "ours, float32": ours}
    has_bfloat16 = choose_precision("auto") == "bf16-mixed"
    if has_bfloat16:
        contenders["ours, bfloat16"] = Step(DefaultGenerator(), DefaultCritic(), arguments.batch, device, bfloat16=True)
    seconds = interleaved(contenders, arguments.steps)
    base = seconds["convolution layers, float32"]
    for name, taken in seconds.items():
        rate = arguments.batch / taken
        print(f"{name:<30}{taken * 1e3:>9.0f} ms a step{rate:>9.1f} phrases/s{base / taken:>7.2f} x")
    for kind in (torch.float32, *([torch.bfloat16] if has_bfloat16 else [])):
        floor = STEP_PRODUCTS * arguments.batch / product_rate(kind, device)
        print(f"{f'floor: the products alone, {kind}':<52}{floor * 1e3:>7.0f} ms a step")
    return 0


class Step:
    """One critic and one generator update of a pair of networks."""

    def __init__(
        self, generator: nn.Module, critic: nn.Module, batch: int, device: torch.device, bfloat16: bool
    ) -> None:
        self._generator, self._critic = generator.to(device), critic.to(device)
        self._optimisers = [torch.optim.Adam(network.parameters(), 1e-4) for network in (generator, critic)]
        self._device, self._batch, self._bfloat16 = device, batch, bfloat16
        self._real = (torch.rand(batch, 4, 48, 84, 5) < 0.02).float().mul(2).sub(1).to(device)

    def __call__(self) -> None:
        generate, judge = self._optimisers
        with self._autocast():
            with torch.no_grad():
                fake = self._generator(self._latents()).float()
            mixing = torch.rand(self._batch, 1, 1, 1, 1, device=self._device)
            loss = WASSERSTEIN.critic(self._critic(self._real), self._critic(fake))
            loss = loss + 10.0 * gradient_penalty(self._critic, self._real, fake, mixing)
        judge.zero_grad()
        torch.autograd.backward(loss)
        judge.step()
        self._critic.requires_grad_(False)
        with self._autocast():
            loss = WASSERSTEIN.generator(self._critic(self._generator(self._latents())))
        generate.zero_grad()
        torch.autograd.backward(loss)
        generate.step()
        self._critic.requires_grad_(True)
        if self._device.type == "cuda":
            torch.cuda.synchronize()

    def _latents(self) -> Tensor:
        return torch.randn(self._batch, 128, device=self._device)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self._bfloat16)


def interleaved(contenders: dict[str, Callable[[], None]], steps: int) -> dict[str, float]:
    """Median seconds of each, taken in turns, so that a noisy minute hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(steps + 1):
        for name, step in contenders.items():
            begin = time.perf_counter()
            step()
            if turn:  # the first is a warm-up
                times[name].append(time.perf_counter() - begin)
    return {name: statistics.median(taken) for name, taken in times.items()}


def product_rate(kind: torch.dtype, device: torch.device, size: int = 2048) -> float:
    """Multiplications a second of one large matrix product."""
    matrix = torch.rand(size, size, device=device).to(kind)
    best = float("inf")
    for _ in range(4):
        begin = time.perf_counter()
        _ = matrix @ matrix
        if device.type == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - begin)
    return size**3 / best


if __name__ == "__main__":
    sys.exit(main())
