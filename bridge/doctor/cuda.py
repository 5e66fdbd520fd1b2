"""Whether a model can run on an NVIDIA GPU, and what is missing by name."""

from __future__ import annotations

import ctypes
import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path
from typing import Protocol

from bridge.doctor.finding import Finding, Level
from bridge.generator import BadModel, Generator

NAME = "CUDA"
PIP_LINE = "pip install 'maisynthesizer[gpu]'"

_NEWEST_KNOWN_MAJOR = 13
_RUNTIME_REQUIREMENT = re.compile(r"nvidia-cuda-runtime(?:-cu\d+)?\D*(\d+)")


class LoadsLibraries(Protocol):
    """The system's dynamic linker, and where pip puts NVIDIA's libraries."""

    def load(self, file: str) -> None:
        """Raises OSError where the library, or one that it needs, is missing."""
        ...


@dataclass(frozen=True, slots=True)
class CudaLibraries:
    """The shared libraries that CUDA needs on one system; `{}` stands for CUDA's major version."""

    provider: str  # ONNX Runtime's own, beside its module
    driver: str
    needed: tuple[str, ...]  # an order in which each finds those that it needs
    wanted: tuple[str, ...]  # loaded when a model has use for them


LIBRARIES: Mapping[str, CudaLibraries] = {
    "linux": CudaLibraries(
        "libonnxruntime_providers_cuda.so",
        "libcuda.so.1",
        ("libcudart.so.{}", "libcublasLt.so.{}", "libcublas.so.{}", "libcurand.so.10"),
        ("libnvrtc.so.{}", "libcudnn.so.9"),
    ),
    "win32": CudaLibraries(
        "onnxruntime_providers_cuda.dll",
        "nvcuda.dll",
        ("cudart64_{}.dll", "cublasLt64_{}.dll", "cublas64_{}.dll"),
        ("cudnn64_9.dll",),
    ),
}


class Linker:
    """This machine's: what pip installed first, then the system's own places."""

    def __init__(self, site_packages: Path) -> None:
        self._nvidia = site_packages / "nvidia"

    def load(self, file: str) -> None:
        """Loads it for good. Raises OSError."""
        installed = next(iter(sorted(self._nvidia.rglob(file))), None)
        ctypes.CDLL(file if installed is None else str(installed))


def cuda_major(installed: Iterable[Distribution]) -> int:
    """The major version of CUDA that ONNX Runtime was built for, from the packages that it asks for."""
    for dist in installed:
        for requirement in dist.requires or () if dist.name.lower().startswith("onnxruntime") else ():
            if match := _RUNTIME_REQUIREMENT.match(requirement):
                return int(match[1])
    return _NEWEST_KNOWN_MAJOR


def onnxruntime_folder() -> Path:
    """The folder of the module onnxruntime, found without importing it. Raises ModuleNotFoundError."""
    spec = importlib.util.find_spec("onnxruntime")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("onnxruntime is not installed: pip install maisynthesizer")
    return Path(spec.origin).parent


def cuda(
    asked: bool,
    model: Path,
    module: Path,
    major: int,
    linker: LoadsLibraries,
    system: str = sys.platform,
    open_model: Callable[[Path, str], Generator] = Generator,
) -> Finding:
    """`asked`: the bridge is to run on CUDA and nothing else; `module`: the folder of onnxruntime."""
    missing_is = Level.BAD if asked else Level.OK
    libraries = LIBRARIES.get(system)
    if libraries is None:
        return Finding(NAME, missing_is, "there is no CUDA on this system; the CPU plays", _without_cuda(asked))
    if not (module / "capi" / libraries.provider).is_file():
        found = f"this ONNX Runtime is built without it ({libraries.provider} is not there); the CPU plays"
        return Finding(NAME, missing_is, found, f"{PIP_LINE}, on x86-64 alone" if asked else "")
    missing = list(_missing((one.format(major) for one in libraries.needed), linker))
    wanted = list(_missing((one.format(major) for one in libraries.wanted), linker))
    if list(_missing([libraries.driver], linker)):
        found = f"no NVIDIA driver ({libraries.driver} is missing); the CPU plays"
        if missing and asked:
            found += f"; missing too: {', '.join(missing)}"
        remedy = f"install the driver of an NVIDIA GPU that knows CUDA {major}, then: {PIP_LINE}"
        return Finding(NAME, missing_is, found, remedy if asked else "")
    if missing:
        found = f"an NVIDIA driver is here, but missing for CUDA {major}: {', '.join(missing + wanted)}; the CPU plays"
        return Finding(NAME, Level.BAD if asked else Level.WARN, found, PIP_LINE)
    return _try(asked, model, wanted, open_model)


def _missing(files: Iterable[str], linker: LoadsLibraries) -> Iterator[str]:
    for file in files:
        try:
            linker.load(file)
        except OSError:
            yield file


def _try(asked: bool, model: Path, wanted: list[str], open_model: Callable[[Path, str], Generator]) -> Finding:
    """The libraries are all there: whether the model runs on them only shows when it does."""
    remedy = f"{PIP_LINE}; if that does not help, update the NVIDIA driver, or play on the CPU: --provider cpu"
    lacking = f" ({', '.join(wanted)} missing, which some models need)" if wanted else ""
    try:
        opened = open_model(model, "cuda")
    except BadModel as problem:
        return Finding(NAME, Level.BAD if asked else Level.WARN, f"{problem}{lacking}", remedy)
    if opened.notice is not None:
        return Finding(NAME, Level.BAD if asked else Level.WARN, f"{opened.notice}{lacking}", remedy)
    return Finding(NAME, Level.OK, f"the model runs on it{lacking}")


def _without_cuda(asked: bool) -> str:
    return "start the bridge with --provider cpu" if asked else ""
