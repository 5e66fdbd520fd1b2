"""What is installed: versions, and whether two ONNX Runtimes overwrite each other."""

from __future__ import annotations

import platform
import struct
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution

from bridge import __version__
from bridge.doctor.finding import Finding, Level

_MODULE = "onnxruntime/__init__.py"


def versions() -> Finding:
    """The bridge, Python and the system, for whoever is asked for help."""
    bits = 8 * struct.calcsize("P")
    python = f"{platform.python_implementation()} {platform.python_version()}, {bits} bits"
    found = f"maisynth {__version__}; {python}; {platform.platform()} on {platform.machine()} ({sys.platform})"
    return Finding("versions", Level.OK, found)


def onnxruntime_distributions(installed: Iterable[Distribution]) -> dict[str, str]:
    """The versions, by name, of the distributions that bring the module onnxruntime itself (plug-ins do not)."""
    return {
        dist.name: dist.version
        for dist in installed
        if dist.name.lower().startswith("onnxruntime") and any(str(file) == _MODULE for file in dist.files or ())
    }


def onnxruntime_installed(distributions: dict[str, str]) -> Finding:
    """One distribution of ONNX Runtime is right; two write the same files, and the last one installed wins."""
    name = "ONNX Runtime"
    listed = " and ".join(f"{dist} {version}" for dist, version in sorted(distributions.items()))
    if len(distributions) > 1:
        return Finding(
            name,
            Level.BAD,
            f"{listed} are installed together and overwrite each other's files",
            f"pip uninstall -y {' '.join(sorted(distributions))}, then: "
            "pip install --force-reinstall --no-deps maisynthesizer && pip install maisynthesizer",
        )
    if not distributions:
        return Finding(name, Level.WARN, "it runs, but was not installed by pip: its version and build are unknown")
    return Finding(name, Level.OK, listed)
