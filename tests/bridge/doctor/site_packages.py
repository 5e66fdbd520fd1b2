"""A folder like the one that pip installs into, as far as metadata goes."""

from __future__ import annotations

from importlib.metadata import Distribution, distributions
from pathlib import Path


def install(folder: Path, name: str, version: str, *files: str, requires: tuple[str, ...] = ()) -> None:
    """Leaves what pip leaves of a distribution, without its files."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    (info / "METADATA").write_text("\n".join([*lines, *(f"Requires-Dist: {one}" for one in requires)]))
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))


def installed_in(folder: Path) -> list[Distribution]:
    return list(distributions(path=[str(folder)]))
