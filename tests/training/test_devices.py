"""What this machine can do: a wish is granted, `auto` is one of the two."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from training.devices import choose_precision, threads_for

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("wanted", ["bf16-mixed", "32-true"])
def test_a_precision_that_is_named_is_used(wanted: str) -> None:
    assert choose_precision(wanted) == wanted


@pytest.mark.parametrize(("native", "chosen"), [(True, "bf16-mixed"), (False, "32-true")])
def test_auto_is_bfloat16_where_the_processor_multiplies_it(
    native: bool, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: native, raising=False)
    assert choose_precision("auto") == chosen


def test_auto_is_float32_where_torch_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
    assert choose_precision("auto") == "32-true"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="there is no glibc here")
def test_freed_memory_is_kept_for_the_next_tensor() -> None:
    # In a process of its own: it cannot be undone. 256 MiB written, freed and written again fault their pages once.
    program = (
        "import ctypes, resource, training.devices as devices\n"
        "def faults():\n"
        "    block = ctypes.create_string_buffer(2**28)\n"
        "    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "    del block\n"
        "    ctypes.create_string_buffer(2**28)\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before\n"
        "assert devices.keep_freed_memory()\n"
        "print(faults())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1000, "the pages came anew from the system"


@pytest.mark.parametrize(("jobs", "cores", "threads"), [(20, 4, 4), (3, 8, 3), (1, 8, 1), (20, None, 1)])
def test_no_more_threads_are_used_than_there_are_cores(
    jobs: int, cores: int | None, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert threads_for(jobs) == threads
