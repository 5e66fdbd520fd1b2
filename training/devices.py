"""What this machine can do for training: devices and processes, precision, memory that is kept from step to step."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any, Literal, cast

import lightning_fabric
import torch

Precision = Literal["bf16-mixed", "32-true"]


def choose_precision(wanted: str) -> Precision:
    """`auto` becomes bf16-mixed where the processor or GPU multiplies bfloat16 itself, else 32-true."""
    if wanted != "auto":
        return cast(Precision, wanted)  # the configuration allows no other
    if torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "32-true"
    native = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return "bf16-mixed" if native is not None and native() else "32-true"


def start_fabric(precision: str) -> lightning_fabric.Fabric:
    """Fabric on what this process was started with: one device; or under torchrun, on any number of machines, a device
    a process; or what `fabric run` says. Processes know of each other when it returns."""
    precision = choose_precision(precision)
    if "LT_CLI_USED" in os.environ:  # `fabric run` has set all else, and this launches too
        return lightning_fabric.Fabric(precision=precision)
    settings: dict[str, Any] = {"devices": 1}
    if "TORCHELASTIC_RUN_ID" in os.environ:
        here, everywhere = int(os.environ["LOCAL_WORLD_SIZE"]), int(os.environ["WORLD_SIZE"])
        settings = {"devices": here, "num_nodes": max(1, everywhere // here), "strategy": "ddp"}
    fabric = lightning_fabric.Fabric(accelerator="auto", precision=precision, **settings)
    fabric.launch()
    return fabric


def threads_for(jobs: int) -> int:
    """As many of the threads asked for as there are cores for."""
    return max(1, min(jobs, os.cpu_count() or 1))


def keep_freed_memory() -> bool:
    """Let glibc keep the memory that tensors free, for the next ones; true where that was possible.

    By default every large tensor is mapped and zeroed page by page anew: measured here, a forward pass of the default
    generator at batch 16 took 150 ms that way and 63 ms with this.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # another C library
        return False
    trim_threshold, mmap_max = -1, -4
    return bool(mallopt(mmap_max, 0)) and bool(mallopt(trim_threshold, 2**31 - 1))
