"""What a musician installs: the wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_it_carries_the_three_rooms_and_the_model_but_no_tests(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"bridge", "training", "export"}
    model = [wheel.getinfo(f"bridge/models/embedded.{part}") for part in ("onnx", "encoder.onnx", "latents.json")]
    assert sum(part.file_size for part in model) <= 16_000_000
    assert not [name for name in names if name.endswith(".ogg")]
    assert "bridge/models/README.md" in names  # the model card, with the attributions that its data asks for


@pytest.mark.parametrize("name", ["MAIsynthesizer.amxd", "MAIsynthesizer_Generate.lua", "band/json.lua"])
def test_it_carries_what_maisynth_install_puts_into_the_daws(wheel: zipfile.ZipFile, name: str) -> None:
    folder = "max_for_live" if name.endswith("amxd") else "reaper"
    assert wheel.read(f"bridge/install/files/{name}") == (ROOT / folder / name).read_bytes()


def test_the_base_install_is_small_and_exactly_one_onnx_runtime_is_asked_for(wheel: zipfile.ZipFile) -> None:
    (metadata,) = (name for name in wheel.namelist() if name.endswith("METADATA"))
    required = HeaderParser().parsestr(wheel.read(metadata).decode()).get_all("Requires-Dist") or []
    base = [line for line in required if "extra ==" not in line]
    assert not [line for line in base if line.startswith(("torch", "onnx>", "pypianoroll", "symusic"))]
    runtimes = [line for line in base if line.startswith("onnxruntime")]
    assert len(runtimes) == 2
    for system, machine in (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")):
        place = {"sys_platform": system, "platform_machine": machine}
        chosen = [one for one in map(Requirement, runtimes) if one.marker is None or one.marker.evaluate(place)]
        assert len(chosen) == 1, (system, machine)
