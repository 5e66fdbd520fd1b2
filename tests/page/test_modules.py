"""The page's modules that need no browser, in Node with devices for the socket, the clock and the MIDI output."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TESTS = sorted(path.name for path in HERE.glob("*.test.js"))


@pytest.mark.skipif(
    not shutil.which("node"), reason="no test of the page's modules: node (20 or later) is not installed"
)
def test_the_node_tests_pass() -> None:
    ran = subprocess.run(["node", "--test", *TESTS], cwd=HERE, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(TESTS) >= 5
