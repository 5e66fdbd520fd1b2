from __future__ import annotations

import faulthandler
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.logs.fault_file import FaultFile, collect_faults

ROOT = Path(__file__).parent.parent.parent.parent
NOW = 1_700_000_000.0


def test_a_segmentation_fault_leaves_a_report_with_what_was_known(tmp_path: Path) -> None:
    program = f"""
import faulthandler
from pathlib import Path
from bridge.logs.fault_file import FaultFile
FaultFile(Path({str(tmp_path)!r})).note({{"model_hash": "abc"}})
faulthandler._sigsegv()
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=60)
    assert ended.returncode != 0
    (report,) = collect_faults(tmp_path, NOW)
    text = report.read_text()
    assert text.startswith('{"model_hash": "abc"}\n')
    assert "Fatal Python error: Segmentation fault" in text
    assert report.name.startswith("crash-")
    assert collect_faults(tmp_path, NOW) == []
    assert list(tmp_path.iterdir()) == [report]


def test_a_run_that_ends_well_leaves_nothing(tmp_path: Path) -> None:
    was_enabled = faulthandler.is_enabled()
    file = FaultFile(tmp_path)
    file.note({"model": "Free band"})
    assert faulthandler.is_enabled()
    file.close()
    assert list(tmp_path.iterdir()) == []
    assert faulthandler.is_enabled() == was_enabled


def test_the_file_of_a_bridge_that_still_runs_is_left_to_it_and_an_old_one_goes(tmp_path: Path) -> None:
    fresh, old = tmp_path / "running-1", tmp_path / "running-2"
    for path, age in ((fresh, 3600.0), (old, 8 * 86_400.0)):
        path.write_text('{"model": "Free band"}\n')
        os.utime(path, (NOW - age, NOW - age))
    assert collect_faults(tmp_path, NOW) == []
    assert list(tmp_path.iterdir()) == [fresh]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe garbage", b"{" * 1_000_000])
def test_rubbish_in_the_folder_is_no_report(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "running-7").write_bytes(content)
    assert collect_faults(tmp_path, NOW) == []


def test_without_its_folder_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "crashes").write_text("a file where the folder should be")
    assert collect_faults(tmp_path / "crashes", NOW) == []
    file = FaultFile(tmp_path / "crashes")
    file.note({"model": "Free band"})
    file.close()
