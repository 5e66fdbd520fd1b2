from __future__ import annotations

from importlib.metadata import distributions
from pathlib import Path

from bridge import __version__
from bridge.doctor.finding import Level
from bridge.doctor.installation import onnxruntime_distributions, onnxruntime_installed, versions
from tests.bridge.doctor.site_packages import install, installed_in


def test_the_versions_are_those_that_a_helper_asks_for() -> None:
    found = versions()
    assert found.level is Level.OK
    assert f"maisynth {__version__}" in found.found
    assert "Python" in found.found


def test_one_onnx_runtime_is_right_and_plug_ins_do_not_count(tmp_path: Path) -> None:
    install(tmp_path, "onnxruntime-gpu", "1.31.1", "onnxruntime/__init__.py", "onnxruntime/capi/a.so")
    install(tmp_path, "onnxruntime-ep-webgpu", "0.4.0", "onnxruntime_ep_webgpu/__init__.py")
    install(tmp_path, "numpy", "2.0", "numpy/__init__.py")
    here = onnxruntime_distributions(installed_in(tmp_path))
    assert here == {"onnxruntime-gpu": "1.31.1"}
    found = onnxruntime_installed(here)
    assert (found.level, found.found, found.remedy) == (Level.OK, "onnxruntime-gpu 1.31.1", "")


def test_two_onnx_runtimes_are_bad_and_both_are_named(tmp_path: Path) -> None:
    for name in ("onnxruntime-gpu", "onnxruntime"):
        install(tmp_path, name, "1.31.1", "onnxruntime/__init__.py")
    found = onnxruntime_installed(onnxruntime_distributions(installed_in(tmp_path)))
    assert found.level is Level.BAD
    assert found.found.startswith("onnxruntime 1.31.1 and onnxruntime-gpu 1.31.1 are installed together")
    assert found.remedy.startswith("pip uninstall -y onnxruntime onnxruntime-gpu, then: ")


def test_one_that_pip_does_not_know_is_a_warning(tmp_path: Path) -> None:
    assert onnxruntime_installed(onnxruntime_distributions(installed_in(tmp_path))).level is Level.WARN


def test_the_one_that_runs_here_is_found() -> None:
    assert len(onnxruntime_distributions(distributions())) == 1
