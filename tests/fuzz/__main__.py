"""Look for bugs with hostile bytes: python -m tests.fuzz TARGET [--seconds 60]

With atheris installed, coverage leads the way, and libFuzzer tells the executions and the coverage at the end; without
it, input is mutated at random. What raises is kept under tests/fuzz/cases/TARGET, and the exit status is not 0.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.fuzz.mutations import mutants
from tests.fuzz.targets import CASES, INSTRUMENTED, kept_cases, load

_INPUT_SECONDS = 10  # an input that takes longer is a bug too
_MEMORY_MIB = 2048


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=tuple(INSTRUMENTED))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0, help="of the mutations (default 0)")
    parser.add_argument("--corpus", type=Path, help="folder to begin from and to add to (default: a new one)")
    arguments = parser.parse_args(argv)
    (CASES / arguments.target).mkdir(parents=True, exist_ok=True)
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: mutating at random")
        return fuzz_at_random(arguments.target, arguments.seconds, arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        fuzz_by_coverage(arguments.target, arguments.seconds, arguments.seed, arguments.corpus or Path(folder))
    return 0


def fuzz_at_random(name: str, seconds: float, seed: int) -> int:
    """The exit status: 1 when an input raised, which is kept."""
    target = load(name)
    end, executions = time.monotonic() + seconds, 0
    for data in mutants([*target.seeds(), *(path.read_bytes() for path in kept_cases(name))], seed):
        if time.monotonic() > end:
            break
        try:
            target.run(data)
        except Exception:
            path = CASES / name / f"crash-{hashlib.sha1(data).hexdigest()}"
            path.write_bytes(data)
            print(f"after {executions} executions, kept in {path}:", file=sys.stderr)
            raise
        executions += 1
    print(f"{executions} executions, nothing found")
    return 0


def fuzz_by_coverage(name: str, seconds: int, seed: int, corpus: Path) -> None:
    """Ends the process with libFuzzer's own status once the time is over."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=list(INSTRUMENTED[name])):
        target = load(name)
    for number, data in enumerate([*target.seeds(), *(path.read_bytes() for path in kept_cases(name))]):
        (corpus / f"seed-{number:03}").write_bytes(data)
    options = [
        f"-max_total_time={seconds}",
        f"-seed={seed + 1}",  # 0 would be one of its own choice
        f"-timeout={_INPUT_SECONDS}",
        f"-rss_limit_mb={_MEMORY_MIB}",
        f"-artifact_prefix={CASES / name}/",
        "-print_final_stats=1",
        "-max_len=8192",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
