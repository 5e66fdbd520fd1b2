from __future__ import annotations

from pathlib import Path

import pytest

from bridge.doctor.cuda import Linker, cuda, cuda_major, onnxruntime_folder
from bridge.doctor.finding import Finding, Level
from bridge.generator import BadModel, Generator
from tests.bridge.doctor.site_packages import install, installed_in

LINUX = ("libcudart.so.13", "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10")
OPTIONAL = ("libnvrtc.so.13", "libcudnn.so.9")


class FakeLinker:
    """A machine on which these libraries are installed."""

    def __init__(self, *files: str) -> None:
        self._files = files

    def load(self, file: str) -> None:
        if file not in self._files:
            raise OSError(f"{file}: cannot open shared object file: No such file or directory")


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """An onnxruntime with its CUDA providers for Linux and Windows."""
    (tmp_path / "capi").mkdir()
    for name in ("libonnxruntime_providers_cuda.so", "onnxruntime_providers_cuda.dll"):
        (tmp_path / "capi" / name).touch()
    return tmp_path


def no_gpu(path: Path, provider: str) -> Generator:
    raise AssertionError(f"{path} must not be opened with {provider} before its libraries are there")


def on_the_cpu_after_all(path: Path, provider: str) -> Generator:
    assert provider == "cuda"
    opened = Generator(path, "cpu")
    opened.notice = "CUDA was asked for but cannot be used (no device); the CPU plays"
    return opened


def as_if_on_a_gpu(path: Path, provider: str) -> Generator:
    assert provider == "cuda"
    return Generator(path, "cpu")


def look(asked: bool, module: Path, *files: str, system: str = "linux") -> Finding:
    return cuda(asked, Path("m.onnx"), module, 13, FakeLinker(*files), system, no_gpu)


def test_without_a_driver_the_cpu_plays_and_that_is_fine_unless_cuda_was_asked_for(module: Path) -> None:
    found = look(False, module)
    assert (found.level, found.remedy) == (Level.OK, "")
    assert "no NVIDIA driver (libcuda.so.1 is missing)" in found.found

    asked = look(True, module)
    assert asked.level is Level.BAD
    for name in LINUX:
        assert name in asked.found
    assert asked.remedy.endswith("pip install 'maisynthesizer[gpu]'")


@pytest.mark.parametrize(("asked", "level"), [(True, Level.BAD), (False, Level.WARN)])
def test_missing_libraries_are_named_with_the_pip_line_that_brings_them(
    asked: bool, level: Level, module: Path
) -> None:
    found = look(asked, module, "libcuda.so.1", "libcudart.so.13", "libnvrtc.so.13")
    assert found.level is level
    missing = "libcublasLt.so.13, libcublas.so.13, libcurand.so.10, libcudnn.so.9"
    assert f"missing for CUDA 13: {missing};" in found.found
    assert "cudart" not in found.found
    assert found.remedy == "pip install 'maisynthesizer[gpu]'"


def test_windows_has_names_of_its_own(module: Path) -> None:
    found = look(True, module, "nvcuda.dll", "cublasLt64_13.dll", system="win32")
    assert "cudart64_13.dll, cublas64_13.dll" in found.found
    assert ".so" not in found.found


def test_a_build_without_cuda_is_told_from_missing_libraries(tmp_path: Path) -> None:
    for asked, level in ((True, Level.BAD), (False, Level.OK)):
        found = look(asked, tmp_path, "libcuda.so.1", *LINUX)
        assert found.level is level
        assert "built without it (libonnxruntime_providers_cuda.so is not there)" in found.found
    assert look(False, tmp_path).remedy == ""


def test_a_system_without_cuda_says_so(module: Path) -> None:
    assert look(False, module, system="darwin").level is Level.OK
    found = look(True, module, system="darwin")
    assert (found.level, found.remedy) == (Level.BAD, "start the bridge with --provider cpu")


def test_with_all_libraries_only_a_model_that_runs_is_proof(module: Path, tiny_model: Path) -> None:
    linker = FakeLinker("libcuda.so.1", *LINUX, *OPTIONAL)
    well = cuda(True, tiny_model, module, 13, linker, "linux", as_if_on_a_gpu)
    assert (well.level, well.found) == (Level.OK, "the model runs on it")

    for asked, level in ((True, Level.BAD), (False, Level.WARN)):
        found = cuda(asked, tiny_model, module, 13, linker, "linux", on_the_cpu_after_all)
        assert found.level is level
        assert "(no device); the CPU plays" in found.found
        assert "--provider cpu" in found.remedy


def test_libraries_that_only_some_models_need_are_named_too(module: Path, tiny_model: Path) -> None:
    linker = FakeLinker("libcuda.so.1", *LINUX, "libnvrtc.so.13")
    found = cuda(False, tiny_model, module, 13, linker, "linux", as_if_on_a_gpu)
    assert found.level is Level.OK
    assert found.found == "the model runs on it (libcudnn.so.9 missing, which some models need)"


def test_a_model_that_cannot_be_opened_is_a_finding(module: Path, tiny_model: Path) -> None:
    def refuse(path: Path, _provider: str) -> Generator:
        raise BadModel(f"{path} cannot run: out of memory")

    linker = FakeLinker("libcuda.so.1", *LINUX, *OPTIONAL)
    found = cuda(True, tiny_model, module, 13, linker, "linux", refuse)
    assert found.level is Level.BAD
    assert "out of memory" in found.found


@pytest.mark.parametrize(
    ("requirement", "major"),
    [
        ('nvidia-cuda-runtime~=13.0; extra == "cuda"', 13),
        ('nvidia-cuda-runtime~=14.2; extra == "cuda"', 14),
        ('nvidia-cuda-runtime-cu12~=12.0; extra == "cuda"', 12),
        ("numpy>=1.21.6", 13),
    ],
)
def test_the_version_of_cuda_is_the_one_that_onnx_runtime_asks_for(
    requirement: str, major: int, tmp_path: Path
) -> None:
    install(tmp_path, "numpy", "2.0", requires=("nvidia-cuda-runtime~=99.0",))
    install(tmp_path, "onnxruntime-gpu", "1.31.1", requires=("flatbuffers", requirement))
    assert cuda_major(installed_in(tmp_path)) == major


def test_the_module_that_runs_here_is_found() -> None:
    assert (onnxruntime_folder() / "capi").is_dir()


def test_the_linker_finds_what_the_system_has_and_not_what_nobody_has(tmp_path: Path) -> None:
    linker = Linker(tmp_path)
    with pytest.raises(OSError, match="libnothing"):
        linker.load("libnothing.so.13")
    (tmp_path / "nvidia" / "cu13" / "lib").mkdir(parents=True)
    broken = tmp_path / "nvidia" / "cu13" / "lib" / "libnothing.so.13"
    broken.write_bytes(b"not a library")
    with pytest.raises(OSError, match="libnothing"):  # installed, but damaged
        linker.load("libnothing.so.13")
