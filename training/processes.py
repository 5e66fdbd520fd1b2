"""Several processes that train as one: what each must know of the others. Alone, everything here does nothing.

Every process computes its share of a batch; whatever the networks learn from (statistics, gradients, losses) is the
mean over all shares, so that two processes with half a batch each learn what one learns with the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import Tensor, nn


def process_count() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def process_rank() -> int:
    """Which of them this is; 0 writes the files."""
    return dist.get_rank() if process_count() > 1 else 0


def own_share(batch: Tensor) -> Tensor:
    """This process's rows of a batch that all of them know."""
    count = process_count()
    if count == 1:
        return batch
    size = len(batch) // count
    return batch[process_rank() * size : (process_rank() + 1) * size]


def mean_over_processes(x: Tensor) -> Tensor:
    """The mean of every process's x, of equal shapes; differentiable once."""
    return x if process_count() == 1 else _Mean.apply(x)  # type: ignore[no-untyped-call]


def share_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Replace every gradient by its mean over the processes, in one message."""
    if process_count() == 1:
        return
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    together = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(together)
    together /= process_count()
    for gradient, part in zip(gradients, torch.split(together, [one.numel() for one in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))


def any_process(wish: bool) -> bool:
    """Whether any process has this wish: they stop together, or none does."""
    if process_count() == 1:
        return wish
    wishes = torch.tensor([float(wish)])
    return bool(mean_over_processes(wishes.to(_device())) > 0.0)


def same_everywhere(tensors: Iterable[Tensor]) -> bool:
    """Whether these tensors are the same to the bit in every process; all processes ask together."""
    if process_count() == 1:
        return True
    digest = hashlib.blake2b(digest_size=8)
    for tensor in tensors:
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    own = torch.tensor([int.from_bytes(digest.digest(), "little", signed=True)], device=_device())
    everyones = [torch.empty_like(own) for _ in range(process_count())]
    dist.all_gather(everyones, own)
    return all(torch.equal(one, own) for one in everyones)


def _device() -> torch.device:
    """Where this kind of communication happens: NCCL's is the GPU."""
    return torch.device("cuda", torch.cuda.current_device()) if dist.get_backend() == "nccl" else torch.device("cpu")


class _Mean(torch.autograd.Function):
    """Forward the mean over processes; backward the mean of the gradients, for what every process reads is one."""

    @staticmethod
    def forward(_context: object, x: Tensor) -> Tensor:
        return _mean(x)

    @staticmethod
    def backward(_context: object, gradient: Tensor) -> Tensor:
        return _mean(gradient)


def _mean(x: Tensor) -> Tensor:
    summed = x.detach().clone(memory_format=torch.contiguous_format)
    dist.all_reduce(summed)
    return summed / process_count()
