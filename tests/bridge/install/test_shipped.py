"""Where the files for other programs are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.install import shipped
from bridge.install.shipped import shipped_file


def test_the_source_tree_has_the_device() -> None:
    assert shipped_file("max_for_live", "MAIsynthesizer.amxd").read_bytes()[:4] == b"ampf"


def test_what_an_installation_brings_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "_PACKAGED", tmp_path)
    (tmp_path / "MAIsynthesizer.amxd").write_bytes(b"packaged")
    assert shipped_file("max_for_live", "MAIsynthesizer.amxd").read_bytes() == b"packaged"


def test_a_file_that_is_missing_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.txt is missing .* install maisynthesizer anew"):
        shipped_file("max_for_live", "none.txt")
