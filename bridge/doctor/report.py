"""What `maisynth doctor --report` packs for whoever helps: logs, crash reports, findings, versions, settings.

Never the library of latents and never a model: only files of names that the bridge itself gives, and no link.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import distributions
from pathlib import Path

from bridge.doctor.finding import Finding
from bridge.doctor.storage import kept_settings
from bridge.engine.settings import BridgeSettings
from bridge.logs.crash_reports import crash_reports
from bridge.logs.places import crash_folder, log_file
from bridge.logs.versions import versions

LARGEST_BYTES = 5_000_000  # of one file; of a larger one the end is packed
HOME = "~"  # stands for the home folder, whose name is often its owner's


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the report, as it will be packed."""

    name: str
    what: str  # in words
    content: bytes


def report_entries(settings: BridgeSettings, findings: Sequence[Finding], home: Path) -> list[Entry]:
    """Everything that goes into the report. A file that cannot be read is left out and named in missing.txt."""
    entries = [
        _text("findings.json", "what the doctor found", [asdict(finding) for finding in findings], home),
        _text("versions.json", "versions of the bridge, the system and what it uses", _installed(), home),
        _text(
            "settings.json",
            "what the bridge is started with, and the settings that were kept",
            {"started with": _shown(settings), "kept": kept_settings(settings.library)},
            home,
        ),
    ]
    missing: list[str] = []
    logs = log_file(settings.library)
    for folder, what, paths in (
        ("logs", "what happened, with addresses of clients and the names they gave themselves", _logs(logs)),
        ("crashes", "a crash report, with the last requests", crash_reports(crash_folder(settings.library))),
    ):
        for path in paths:
            try:
                entries.append(Entry(f"{folder}/{path.name}", what, _without_home(_end_of(path), home)))
            except OSError as error:
                missing.append(f"{folder}/{path.name}: {error.strerror or error}")
    if missing:
        entries.append(Entry("missing.txt", "files that could not be read", "\n".join(missing).encode()))
    return entries


def contents_text(file: Path, entries: Sequence[Entry]) -> str:
    """What is inside, in words, for the musician to read before the file is written."""
    lines = [f"  {entry.name} ({_size(len(entry.content))}): {entry.what}" for entry in entries]
    return "\n".join(
        (
            f"{file} will hold:",
            *lines,
            f"Your home folder's name is written as {HOME}. Not inside: saved latents, models, recordings.",
            "It is sent to nobody: look into it, then attach it where you ask for help.",
        )
    )


def write_report(file: Path, entries: Sequence[Entry]) -> None:
    """Writes a zip file that must not be there yet. Raises OSError with a sentence; nothing half written is left."""
    try:
        with file.open("xb") as stream:
            try:
                with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
                    for entry in entries:
                        packed.writestr(entry.name, entry.content)
            except BaseException:
                file.unlink(missing_ok=True)
                raise
    except FileExistsError as error:
        raise OSError(f"{file} is there already: name another file with --report FILE.zip") from error
    except OSError as error:
        said = error.strerror or error
        raise OSError(f"{file} cannot be written ({said}): name another with --report FILE.zip") from error


def _logs(newest: Path) -> list[Path]:
    """The log and its older parts: maisynth.log, maisynth.log.1 …"""
    try:
        found = sorted(newest.parent.glob(f"{newest.name}*"))
    except OSError:
        return []
    suffixes = {path: path.name.removeprefix(newest.name) for path in found if path.is_file() and not path.is_symlink()}
    return [path for path, suffix in suffixes.items() if suffix == "" or suffix.removeprefix(".").isdigit()]


def _end_of(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - LARGEST_BYTES))
        return file.read(LARGEST_BYTES)


def _text(name: str, what: str, table: object, home: Path) -> Entry:
    return Entry(name, what, _without_home(json.dumps(table, indent=1, ensure_ascii=False).encode(), home))


def _without_home(content: bytes, home: Path) -> bytes:
    plain = str(home)
    if len(plain) <= len(home.anchor):  # "/": it names nobody
        return content
    for written in (plain, json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1]):
        content = content.replace(written.encode(), HOME.encode())
    return content


def _shown(settings: BridgeSettings) -> dict[str, object]:
    return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(settings).items()}


def _installed() -> dict[str, object]:
    installed = {dist.name: dist.version for dist in distributions()}
    return {**versions(), "installed": dict(sorted(installed.items(), key=lambda pair: str(pair[0]).lower()))}


def _size(count: int) -> str:
    return f"{count} bytes" if count < 1000 else f"{count / 1000:.0f} kB"
