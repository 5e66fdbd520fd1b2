"""Collecting on a Dask cluster of two worker processes: the same file as without, and clear words when it fails."""

from __future__ import annotations

import argparse
import gc
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import joblib
import pytest

from tests.training.collecting.test_collect import write_song
from training.collecting import dask_cluster as cluster_module
from training.collecting.collect import CollectError, add_arguments, collect, run
from training.collecting.dask_cluster import ClusterError, dask_cluster
from training.data.phrase_file import PhraseRules

SONGS = 40
NO_PORT = "127.0.0.1:0"  # of its own: whichever is free


@pytest.fixture(scope="module")
def distributed() -> Any:
    return pytest.importorskip("distributed", reason="dask is not installed")


@pytest.fixture(scope="module")
def cluster(distributed: Any) -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=NO_PORT
    ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Songs, some of which share phrases, and a file that is none."""
    folder = tmp_path_factory.mktemp("midi")
    for index in range(SONGS):
        write_song(folder / f"{index:02}.mid", range(index % 30, index % 30 + 9 + index % 3))
    (folder / "05b.mid").write_text("not a song")
    return folder


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file may be read in this process."""

    def here(*_: object) -> None:
        pytest.fail("a file was read in the process that collects")

    monkeypatch.setattr("training.collecting.reading.read_phrases", here)


def collect_data(*words: object) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([str(word) for word in words]))


def test_a_cluster_writes_the_same_file_and_report_as_one_process(
    cluster: Any, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    collect_data(folder, tmp_path / "local.npz", "--jobs", 1)
    local = capsys.readouterr().out
    collect_data(folder, tmp_path / "cluster.npz", "--dask", cluster.scheduler_address)
    assert capsys.readouterr().out == local
    assert "left out: 05b.mid: not a MIDI file" in local
    assert (tmp_path / "cluster.npz").read_bytes() == (tmp_path / "local.npz").read_bytes()


@pytest.mark.usefixtures("elsewhere")
def test_both_workers_read_and_the_process_that_collects_does_not(
    distributed: Any, cluster: Any, folder: Path, tmp_path: Path
) -> None:
    with distributed.Client(cluster, set_as_default=False) as client:
        with distributed.get_task_stream(client) as done:
            collect_data(folder, tmp_path / "out.npz", "--dask", cluster.scheduler_address)
        tasks = Counter(task["worker"] for task in done.data if "_read" in task["key"])
        workers = set(client.scheduler_info()["workers"])
    assert len(workers) == 2
    assert set(tasks) == workers
    assert sum(tasks.values()) >= 8


@pytest.mark.usefixtures("elsewhere")
def test_a_caller_can_choose_the_cluster(distributed: Any, cluster: Any, folder: Path, tmp_path: Path) -> None:
    with distributed.Client(cluster, set_as_default=True), joblib.parallel_config("dask"):
        report = collect(folder, tmp_path / "out.npz", PhraseRules())
    assert (report.files, len(report.refused)) == (SONGS + 1, 1)


def test_a_folder_is_found_on_the_workers_by_its_whole_path(
    cluster: Any, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert collect_data(folder.name, tmp_path / "out.npz", "--dask", cluster.scheduler_address) == 0


def test_workers_that_do_not_see_the_folder_are_named(cluster: Any, tmp_path: Path) -> None:
    with (
        pytest.raises(ClusterError, match=r"2 of the 2 workers of tcp://.* do not see .*nowhere.* tcp://.* same path"),
        dask_cluster(cluster.scheduler_address, tmp_path / "nowhere"),
    ):
        pytest.fail("work began")


def test_workers_that_lack_the_package_are_told_what_to_install(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "READING", "a_package_that_no_worker_has")
    with (
        pytest.raises(
            ClusterError, match=r"lacks what reading needs \(No module .*\): pip install 'maisynthesizer\[tr"
        ),
        dask_cluster(cluster.scheduler_address, tmp_path),
    ):
        pytest.fail("work began")


def test_a_cluster_without_workers_is_told_how_to_start_one(distributed: Any, tmp_path: Path) -> None:
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=NO_PORT) as empty,
        pytest.raises(ClusterError, match=r"no worker that answers in 0\.2 s: start one with `dask worker tcp://"),
        dask_cluster(empty.scheduler_address, tmp_path, patience=0.2),
    ):
        pytest.fail("work began")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense", "http://127.0.0.1:9", ""])
def test_an_address_without_a_scheduler_is_named(distributed: Any, address: str, tmp_path: Path) -> None:
    with (
        pytest.raises(ClusterError, match=rf"no Dask scheduler answers at {address} \(.*\): expected .* tcp://192"),
        dask_cluster(address, tmp_path, patience=0.2),
    ):
        pytest.fail("work began")
    # One that is not closed, and is collected while another starts, would wait for ever.
    assert {one.status for one in gc.get_objects() if type(one) is distributed.Client} <= {"closed"}


def test_a_cluster_that_is_lost_in_the_middle_says_so(distributed: Any, cluster: Any, tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="is gone in the middle"), dask_cluster(cluster.scheduler_address, tmp_path):
        raise CancelledError
    killed = distributed.KilledWorker("reading", next(iter(cluster.scheduler.workers.values())), 3)
    with pytest.raises(ClusterError, match="for want of memory"), dask_cluster(cluster.scheduler_address, tmp_path):
        raise killed


def test_without_dask_the_command_says_what_to_install(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CollectError, match=r"--dask needs Dask .*: pip install 'maisynthesizer\[cluster\]'"):
        collect_data(folder, tmp_path / "out.npz", "--dask", "tcp://127.0.0.1:9")
    assert not (tmp_path / "out.npz").exists()


def test_a_number_of_jobs_makes_no_sense_on_a_cluster(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CollectError, match=r"--jobs is 2 with --dask.*leave it out"):
        collect_data(folder, tmp_path / "out.npz", "--dask", "tcp://127.0.0.1:9", "--jobs", 2)


def test_a_folder_that_is_not_here_is_named_before_the_cluster_is_asked(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="nowhere is not a folder"):
        collect_data(tmp_path / "nowhere", tmp_path / "out.npz", "--dask", "tcp://127.0.0.1:9")
