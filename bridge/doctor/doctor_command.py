"""`maisynth doctor`: every check, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bridge import __version__
from bridge.doctor.checks import all_checks, run_checks
from bridge.doctor.finding import Finding, Level
from bridge.doctor.report import contents_text, report_entries, write_report
from bridge.engine.settings import BridgeSettings

_NAMED_BY_TIME = Path()  # --report without a file
_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.BAD: "red"}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Beside the options of serve, which say what is to be examined."""
    command.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    command.add_argument(
        "--report", nargs="?", type=Path, const=_NAMED_BY_TIME, metavar="FILE.zip",
        help="pack findings, logs, crash reports, versions and settings (never latents or models) for who helps you",
    )  # fmt: skip


def run(arguments: argparse.Namespace, settings: BridgeSettings) -> int:
    file = arguments.report
    if file == _NAMED_BY_TIME:
        file = Path(time.strftime("maisynth-report-%Y%m%d-%H%M%S.zip"))
    return examine(settings, arguments.models, arguments.json, Console(), file)


def examine(settings: BridgeSettings, models: Path, as_json: bool, console: Console, report: Path | None = None) -> int:
    """Check the machine for a bridge with these settings and print what was found; 1 if anything is bad.

    `report`: the zip file to pack it into, with the logs. Raises OSError where that cannot be written.
    """
    checks = all_checks(settings, models)
    if as_json:
        findings = list(run_checks(checks))
        console.print_json(findings_json(findings))
    else:
        with console.status("") as status:
            findings = list(run_checks(checks, lambda name: status.update(f"{name} …")))
        console.print(findings_table(findings))
        console.print(_summary(findings))
    if report is not None:
        _pack(report, settings, findings, Console(stderr=True) if as_json else console)
    return exit_status(findings)


def exit_status(findings: Sequence[Finding]) -> int:
    return 1 if any(finding.level is Level.BAD for finding in findings) else 0


def findings_json(findings: Sequence[Finding]) -> str:
    """{"version", "bad": how many, "findings": [{name, level, found, remedy}]}."""
    bad = sum(finding.level is Level.BAD for finding in findings)
    return json.dumps({"version": __version__, "bad": bad, "findings": [asdict(finding) for finding in findings]})


def findings_table(findings: Sequence[Finding]) -> Table:
    """A row a finding; below what was found stands what to do."""
    table = Table("", "what", "found, and what to do", title=f"maisynth {__version__}", show_lines=True)
    for finding in findings:
        level = f"[{_COLOURS[finding.level]}]{finding.level}[/]"
        lines = [escape(finding.found), *([f"[bold]→ {escape(finding.remedy)}[/bold]"] if finding.remedy else [])]
        table.add_row(level, escape(finding.name), "\n".join(lines))
    return table


def _pack(file: Path, settings: BridgeSettings, findings: Sequence[Finding], console: Console) -> None:
    """Says what is inside, then writes it."""
    entries = report_entries(settings, findings, Path.home())
    console.print(contents_text(file, entries), markup=False, highlight=False, soft_wrap=True)
    write_report(file, entries)
    console.print(f"Written: {file.absolute()}", markup=False, highlight=False, soft_wrap=True)


def _summary(findings: Sequence[Finding]) -> str:
    bad, warnings = (sum(finding.level is level for finding in findings) for level in (Level.BAD, Level.WARN))
    if bad:
        return f"[red]{bad} of {len(findings)} bad[/red]: what you asked for cannot be had as it is."
    if warnings:
        return f"The band can play; [yellow]{warnings} of {len(findings)} could be better[/yellow]."
    return "[green]All well: maisynth demo[/green]"
