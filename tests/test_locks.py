"""The locked releases: complete for what pyproject.toml asks for, each file by its hash, and naming no server."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ROOT / ".ci" / "locks"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINUX = {"sys_platform": "linux", "platform_machine": "x86_64", "python_version": "3.11"}
EXTRAS = {"base": (), "tests": ("train", "test", "lint", "link")}
NOT_LOCKED = {"base": set(), "tests": {"torch"}}  # the Makefile installs torch, in the build that suits the machine


def entries(name: str) -> Iterator[tuple[Requirement, int]]:
    """What a lock file pins, with how many hashes."""
    text = re.sub(r"^\s*#.*\n", "", (LOCKS / f"{name}.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)
    for entry in text.replace("\\\n", " ").splitlines():
        if not entry.strip():
            continue
        pinned, *hashes = re.split(r"\s+--hash=", entry.strip())
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", one) for one in hashes), entry
        yield Requirement(pinned), len(hashes)


def wanted(name: str) -> Iterator[Requirement]:
    groups = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] for extra in EXTRAS[name])]
    for requirement in (Requirement(text) for group in groups for text in group):
        if requirement.marker is None or requirement.marker.evaluate(LINUX):
            yield requirement


@pytest.mark.parametrize("name", EXTRAS)
def test_everything_that_is_asked_for_is_pinned_to_a_release_that_fits(name: str) -> None:
    pinned = {canonicalize_name(one.name): one for one, _ in entries(name)}
    for requirement in wanted(name):
        if requirement.name in NOT_LOCKED[name]:
            assert requirement.name not in pinned
            continue
        (release,) = pinned[canonicalize_name(requirement.name)].specifier
        assert release.operator == "=="
        assert requirement.specifier.contains(release.version), f"{requirement}: run pip-compile again"


@pytest.mark.parametrize("name", EXTRAS)
def test_every_release_has_its_hashes(name: str) -> None:
    counts = {one.name: count for one, count in entries(name)}
    assert len(counts) >= 10
    assert min(counts.values()) >= 1, counts


@pytest.mark.parametrize("name", EXTRAS)
def test_no_server_and_no_path_of_one_machine_is_named(name: str) -> None:
    text = (LOCKS / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*--(index|extra-index|find-links|trusted)", text, re.MULTILINE)


def test_the_two_agree_on_what_both_pin() -> None:
    base, tests = ({one.name: str(one.specifier) for one, _ in entries(name)} for name in ("base", "tests"))
    assert {name: tests.get(name) for name in base} == base
