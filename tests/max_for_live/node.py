"""Node, which stands in for the engine that runs a device's script."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="no script test: node (20 or later) is not installed")


def run_node(*arguments: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
    """Runs node in this folder; the caller looks at the status."""
    return subprocess.run(["node", *arguments], cwd=HERE, capture_output=True, text=True, timeout=timeout, check=False)
