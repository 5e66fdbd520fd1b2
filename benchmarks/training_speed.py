"""How fast a training step is: python -m benchmarks.training_speed

Compared in one run, a process each, step by step in turns: the networks as convolution layers in float32, the way the
public ports write them; ours in float32; ours in bfloat16 where the processor multiplies it. One step is one critic
update with its gradient penalty and one generator update, on the same random phrases (--critic-updates 5 --batch 64 is
the original's generator step). The floor is the multiplications of such a step at the rate that one large matrix
product reaches here, and the bytes that must move at the rate of a copy.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.plain_networks import PlainCritic, PlainGenerator
from training.cuda_graph import Replayed
from training.devices import choose_precision, keep_freed_memory
from training.losses import LOSSES, gradient_penalty
from training.networks.critics import DefaultCritic
from training.networks.generators import DefaultGenerator

PROMISED = 5.0  # times as fast as convolution layers, on a CPU
PROMISED_H100_SECONDS = 0.060  # a generator step of batch 64 with five critic updates

WASSERSTEIN = LOSSES["wasserstein"]
GENERATOR_PRODUCTS = 248e6  # multiplications of one phrase, forward
CRITIC_PRODUCTS = 66e6
# Critic update: a phrase made, two scored there and back (3 x), the penalty twice differentiated (6 x). Generator
# update: the generator there and back (3 x), the critic there and its input's gradient (2 x).
CRITIC_UPDATE_PRODUCTS = GENERATOR_PRODUCTS + 2 * 3 * CRITIC_PRODUCTS + 6 * CRITIC_PRODUCTS
GENERATOR_UPDATE_PRODUCTS = 3 * GENERATOR_PRODUCTS + 2 * CRITIC_PRODUCTS
# Values that the layers of one phrase put out: each has to be written once and read once, forward alone.
GENERATOR_VALUES = 5 * (16 * 84 * 4 * 32 + 48 * 84 * 4 * 16 + 48 * 7 * 4 * 32 + 48 * 84 * 4 * 16)
CRITIC_VALUES = 5 * (48 * 7 * 4 * 16 + 16 * 84 * 4 * 16 + 2 * 16 * 7 * 4 * 32 + 16 * 7 * 4 * 64)


@dataclass(frozen=True)
class Contender:
    """One way to train. `plain`: convolution layers. `bfloat16` as training's auto precision. `keeps_memory`: glibc
    keeps what tensors free, which the public ports leave as it is. `recorded`: as CUDA graphs, so on a GPU alone."""

    name: str
    plain: bool
    bfloat16: bool
    keeps_memory: bool
    recorded: bool = False


CONTENDERS = (
    Contender("convolution layers, float32", plain=True, bfloat16=False, keeps_memory=False),
    Contender("ours, float32", plain=False, bfloat16=False, keeps_memory=True),
    Contender("ours, bfloat16", plain=False, bfloat16=True, keeps_memory=True),
    Contender("ours, bfloat16, recorded", plain=False, bfloat16=True, keeps_memory=True, recorded=True),
)
WARM_UP_TURNS = 5  # a recording is made at the fourth


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--critic-updates", type=int, default=1, help="a generator update (%(default)s)")
    parser.add_argument("--steps", type=int, default=7, help="timed steps of each (%(default)s)")
    parser.add_argument("--contender", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.contender is not None:
        return _step_when_told(CONTENDERS[arguments.contender], arguments.batch, arguments.critic_updates)
    device = _device()
    native = choose_precision("auto") == "bf16-mixed"
    chosen = [
        index
        for index, one in enumerate(CONTENDERS)
        if (native or not one.bfloat16) and (device.type == "cuda" or not one.recorded)
    ]
    print(
        f"{device}, {torch.get_num_threads()} threads, batch {arguments.batch}, {arguments.critic_updates} critic "
        f"updates, torch {torch.__version__}"
    )
    seconds = _in_turns(chosen, arguments.steps, arguments.batch, arguments.critic_updates)
    base = seconds[0]
    phrases = arguments.batch * arguments.critic_updates
    for index in chosen:
        name, taken = CONTENDERS[index].name, seconds[index]
        print(f"{name:<30}{taken * 1e3:>9.0f} ms a step{phrases / taken:>9.1f} phrases/s{base / taken:>7.2f} x")
    for kind in (torch.float32, *([torch.bfloat16] if native else [])):
        products = arguments.critic_updates * CRITIC_UPDATE_PRODUCTS + GENERATOR_UPDATE_PRODUCTS
        floor = products * arguments.batch / product_rate(kind, device)
        print(f"{f'floor: the products alone, {kind}':<52}{floor * 1e3:>7.0f} ms a step")
        print(f"{f'floor: the bytes alone, {kind}':<52}{_bytes_floor(arguments, kind, device) * 1e3:>7.0f} ms a step")
    fastest = min(seconds.values())
    if device.type == "cuda":
        print(f"promised on an H100 at --batch 64 --critic-updates 5: {PROMISED_H100_SECONDS * 1e3:.0f} ms")
        return 0
    print(f"{base / fastest:.2f} times as fast, {PROMISED:g} promised")
    return 0 if base / fastest >= PROMISED else 1


class Step:
    """Some critic updates and one generator update of a pair of networks."""

    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        batch: int,
        device: torch.device,
        contender: Contender,
        critic_updates: int = 1,
    ) -> None:
        self._generator, self._critic = generator.to(device), critic.to(device)
        self._optimisers = [
            torch.optim.Adam(network.parameters(), 1e-4, capturable=contender.recorded)
            for network in (generator, critic)
        ]
        self._device, self._batch, self._bfloat16, self._updates = device, batch, contender.bfloat16, critic_updates
        self._real = (torch.rand(batch, 4, 48, 84, 5) < 0.02).float().mul(2).sub(1).to(device)
        self._critic_update: Callable[..., Tensor] = self._judge
        self._generator_update: Callable[..., Tensor] = self._generate
        if contender.recorded:
            self._critic_update, self._generator_update = Replayed(self._judge), Replayed(self._generate)

    def __call__(self) -> None:
        for _ in range(self._updates):
            self._critic_update(self._latents(), torch.rand(self._batch, 1, 1, 1, 1, device=self._device))
        self._generator_update(self._latents())
        if self._device.type == "cuda":
            torch.cuda.synchronize()

    def _judge(self, latents: Tensor, mixing: Tensor) -> Tensor:
        with self._autocast():
            with torch.no_grad():
                fake = self._generator(latents)
            real = self._real.to(fake.dtype)
            loss = WASSERSTEIN.critic(self._critic(real), self._critic(fake))
            loss = loss + 10.0 * gradient_penalty(self._critic, real, fake, mixing.to(fake.dtype))
        return self._learn(loss, self._optimisers[1])

    def _generate(self, latents: Tensor) -> Tensor:
        self._critic.requires_grad_(False)
        with self._autocast():
            loss = WASSERSTEIN.generator(self._critic(self._generator(latents)))
        learned = self._learn(loss, self._optimisers[0])
        self._critic.requires_grad_(True)
        return learned

    def _learn(self, loss: Tensor, optimiser: torch.optim.Adam) -> Tensor:
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        return loss.detach()

    def _latents(self) -> Tensor:
        return torch.randn(self._batch, 128, device=self._device)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self._bfloat16)


def _step_when_told(contender: Contender, batch: int, critic_updates: int) -> int:
    """A process of its own: a step for each line that comes in, its seconds as a line out."""
    device = _device()
    if contender.keeps_memory:
        keep_freed_memory()
    generator, critic = (PlainGenerator(), PlainCritic()) if contender.plain else (DefaultGenerator(), DefaultCritic())
    step = Step(generator, critic, batch, device, contender, critic_updates)
    for _ in sys.stdin:
        begin = time.perf_counter()
        step()
        print(time.perf_counter() - begin, flush=True)
    return 0


def _in_turns(chosen: Sequence[int], steps: int, batch: int, critic_updates: int) -> dict[int, float]:
    """Median seconds of each, taken in turns, so that a noisy minute hits all alike."""
    options = ["--batch", str(batch), "--critic-updates", str(critic_updates)]
    program = [sys.executable, "-m", "benchmarks.training_speed", *options, "--contender"]
    processes = {
        index: subprocess.Popen([*program, str(index)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for index in chosen
    }
    times: dict[int, list[float]] = {index: [] for index in chosen}
    for turn in range(steps + WARM_UP_TURNS):
        for index, process in processes.items():
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            taken = float(process.stdout.readline())
            if turn >= WARM_UP_TURNS:
                times[index].append(taken)
    for process in processes.values():
        process.communicate()
    return {index: statistics.median(taken) for index, taken in times.items()}


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def product_rate(kind: torch.dtype, device: torch.device, size: int = 2048) -> float:
    """Multiplications a second of one large matrix product."""
    matrix = torch.rand(size, size, device=device).to(kind)
    return size**3 / _best(lambda: matrix @ matrix, device)


def _bytes_floor(arguments: argparse.Namespace, kind: torch.dtype, device: torch.device) -> float:
    """Seconds for what the widest layers put out, written and read once in each pass, at the rate of a copy."""
    # Passes over a network's values: forward, and back (their gradient, and they themselves again).
    generator = arguments.critic_updates + 3
    critic = arguments.critic_updates * (2 * 3 + 6) + 2
    values = arguments.batch * (generator * GENERATOR_VALUES + critic * CRITIC_VALUES)
    source = torch.zeros(32_000_000, dtype=kind, device=device)
    target = torch.empty_like(source)
    return float(values * _best(lambda: target.copy_(source), device) / source.numel())


def _best(work: Callable[[], Tensor], device: torch.device) -> float:
    best = float("inf")
    for _ in range(4):
        begin = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - begin)
    return best


if __name__ == "__main__":
    sys.exit(main())
