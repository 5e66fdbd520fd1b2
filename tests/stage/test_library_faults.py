"""A library that cannot be used as it is: a damaged one is put aside whole, a folder that is read-only is said."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bridge.doors.client import BridgeClient
from bridge.library import LatentLibrary
from tests.bridge.library.examples import a_latent
from tests.peers.bridge_process import serve


def rubbish(path: Path) -> None:
    path.write_bytes(b"this was a library once " * 500)


def a_torn_page(path: Path) -> None:
    with LatentLibrary(path) as library:
        for number in range(200):
            library.save(a_latent(f"latent {number}"))
    whole = bytearray(path.read_bytes())
    whole[4096 * 2 : 4096 * 5] = b"\xa5" * (4096 * 3)
    path.write_bytes(whole)


@pytest.mark.parametrize("damage", [rubbish, a_torn_page])
def test_a_bridge_begins_a_new_library_says_so_and_keeps_every_byte_of_the_damaged_one(
    tiny_model: Path, tmp_path: Path, damage: object
) -> None:
    library = tmp_path / "latents.sqlite"
    assert callable(damage)
    damage(library)
    before = library.read_bytes()
    with serve(tiny_model, library) as bridge, BridgeClient(bridge.address, 20.0) as client:
        client.request("/mai/generate", 1)
        client.request("/mai/latent/save", "new")
        assert bridge.stop() == 0
        assert bridge.process.stdout is not None
        shown = bridge.process.stdout.read()
    assert (tmp_path / "latents.sqlite.damaged-1").read_bytes() == before
    with LatentLibrary.of_existing(library) as kept:
        assert "new" in kept.names()
    told = shown + (tmp_path / "logs" / "maisynth.log").read_text(encoding="utf-8")
    assert "latents.sqlite.damaged-1" in told
    assert "Nothing was deleted" in told


@pytest.fixture
def read_only_folder(tmp_path: Path) -> Iterator[Path]:
    """Also for root: a file system that is mounted so. It holds a library, made while it could be written."""
    folder = tmp_path / "read only"
    folder.mkdir()
    with LatentLibrary(folder / "latents.sqlite") as library:
        library.save(a_latent("kept"))
    bound = False
    with suppress(OSError):
        bound = subprocess.run(["mount", "--bind", folder, folder], capture_output=True, check=False).returncode == 0
    if bound:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
    else:
        for path in (*folder.iterdir(), folder):
            path.chmod(0o500)
    try:
        yield folder
    finally:
        if bound:
            subprocess.run(["umount", "--lazy", folder], check=True)
        else:
            for path in (folder, *folder.iterdir()):
                path.chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="the permissions of POSIX")
@pytest.mark.parametrize("name", ["latents.sqlite", "another.sqlite", "deeper/latents.sqlite"])
def test_a_bridge_in_a_read_only_folder_ends_with_a_sentence_that_says_what_to_do(
    tiny_model: Path, read_only_folder: Path, name: str
) -> None:
    library = read_only_folder / name
    before = {path.name: path.read_bytes() for path in read_only_folder.iterdir()}
    command = [sys.executable, "-m", "bridge", "serve", "--provider", "cpu", "--port", "0", "--no-http"]
    ended = subprocess.run(
        [*command, "--midi-api", "none", "--model", str(tiny_model), "--library", str(library)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode not in (0, -6, -11)
    said = (ended.stdout + ended.stderr).replace("\n", " ")
    assert "Traceback" not in said
    assert "check" in said, said
    assert "permissions" in said or "may be written" in said, said
    assert {path.name: path.read_bytes() for path in read_only_folder.iterdir()} == before
