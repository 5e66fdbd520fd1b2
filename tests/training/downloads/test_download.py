"""download, against a real server on this machine that cuts connections, forgets ranges and changes its file."""

from __future__ import annotations

import argparse
import hashlib
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.training.file_server import FileServer, running_server
from training.downloads import download_command
from training.downloads.download import TRIES, download
from training.downloads.download_command import FETCHINGS, destination
from training.downloads.http_transfer import DownloadError

FILE = np.random.default_rng(0).bytes(1_000_003)
OTHER = np.random.default_rng(1).bytes(900_001)
SHA256 = hashlib.sha256(FILE).hexdigest()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "*")
    with running_server() as one:
        one.content = FILE
        yield one


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "phrases.npz"


class Pauses(list[float]):
    """A sleep that only takes note."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def fetch(server: FileServer, out: Path, sha256: str | None = None, pauses: Pauses | None = None) -> None:
    download(server.address(), out, sha256, sleep=Pauses() if pauses is None else pauses, timeout=5.0)


def left_beside(out: Path) -> set[str]:
    return {path.name for path in out.parent.iterdir()}


def test_a_file_arrives_whole_and_leaves_nothing_beside_it(server: FileServer, out: Path) -> None:
    heard: list[tuple[int, int | None]] = []
    download(server.address(), out, SHA256.upper(), lambda here, of: heard.append((here, of)))
    assert out.read_bytes() == FILE
    assert left_beside(out) == {out.name}
    assert heard[0] == (0, len(FILE))
    assert heard[-1] == (len(FILE), len(FILE))
    assert [here for here, _ in heard] == sorted(here for here, _ in heard)


@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_connection_is_gone_on_with_from_where_it_was_cut(server: FileServer, out: Path, reset: bool) -> None:
    server.cut_after, server.reset = [600_000, 250_000], reset
    pauses = Pauses()
    fetch(server, out, SHA256, pauses)
    assert out.read_bytes() == FILE
    assert len(server.ranges) == 3
    assert server.ranges[0] == (None, None)
    starts = [int(str(asked).removeprefix("bytes=").removesuffix("-")) for asked, _ in server.ranges[1:]]
    if not reset:  # a reset may lose what was on its way
        assert starts == [600_000, 850_000]
    assert 0 < starts[0] <= starts[1] < len(FILE)
    assert {condition for _, condition in server.ranges[1:]} == {'"first"'}
    assert pauses == [1.0, 1.0]  # each try brought something: the pause does not grow


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(server: FileServer, out: Path) -> None:
    server.cut_after = [400_000, *[0] * (TRIES + 1)]
    pauses = Pauses()
    with pytest.raises(DownloadError, match=r"after 400000 of 1000003 bytes.*phrases\.npz\.part is kept"):
        fetch(server, out, SHA256, pauses)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert left_beside(out) == {"phrases.npz.part", "phrases.npz.part.json"}

    server.cut_after, server.ranges = [], []
    fetch(server, out, SHA256)
    assert server.ranges == [("bytes=400000-", '"first"')]
    assert out.read_bytes() == FILE
    assert left_beside(out) == {out.name}


def test_a_chunked_answer_that_is_cut_is_not_taken_for_whole(server: FileServer, out: Path) -> None:
    server.chunked, server.cut_after = True, [300_000]
    fetch(server, out)
    assert out.read_bytes() == FILE
    assert len(server.ranges) == 2


def test_silence_counts_as_a_cut(server: FileServer, out: Path) -> None:
    server.cut_after = [300_000]
    server.silence = threading.Event()
    download(server.address(), out, sleep=Pauses(), timeout=0.1)
    assert out.read_bytes() == FILE
    assert len(server.ranges) == 2


def test_a_server_that_knows_no_ranges_sends_it_all_again(server: FileServer, out: Path) -> None:
    server.knows_ranges, server.cut_after = False, [600_000]
    fetch(server, out, SHA256)
    assert out.read_bytes() == FILE
    assert server.ranges[1][0] == "bytes=600000-"


def test_a_file_that_changed_between_two_tries_is_fetched_anew(server: FileServer, out: Path) -> None:
    server.cut_after = [600_000]
    download(server.address(), out, sleep=lambda _: server.change(OTHER, '"second"'))
    assert out.read_bytes() == OTHER  # and no mixture


def test_a_file_that_shrank_below_what_is_here_is_fetched_anew(server: FileServer, out: Path) -> None:
    server.headers, server.cut_after = {"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}, [600_000]

    def shrink(_: float) -> None:
        server.content = OTHER[:1000]  # under the same date, so that the range is tried

    download(server.address(), out, sleep=shrink)
    assert out.read_bytes() == OTHER[:1000]


def test_a_part_of_another_length_is_not_joined_on(server: FileServer, out: Path) -> None:
    server.headers, server.cut_after = {"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}, [600_000]

    def change(_: float) -> None:
        server.content = OTHER

    download(server.address(), out, sleep=change)
    assert out.read_bytes() == OTHER


def test_halves_are_joined_without_a_tag_only_when_a_checksum_proves_them(server: FileServer, out: Path) -> None:
    server.headers, server.cut_after = {"ETag": 'W/"weak"'}, [600_000]
    fetch(server, out)
    assert server.ranges == [(None, None), (None, None)]
    out.unlink()

    server.cut_after, server.ranges = [600_000], []
    fetch(server, out, SHA256)
    assert server.ranges == [(None, None), ("bytes=600000-", None)]
    assert out.read_bytes() == FILE


def test_what_was_left_of_another_address_is_not_gone_on_with(server: FileServer, out: Path) -> None:
    server.cut_after = [400_000, *[0] * TRIES]
    with pytest.raises(DownloadError):
        fetch(server, out)
    server.cut_after, server.ranges = [], []
    download(server.address("/another"), out)
    assert server.ranges == [(None, None)]
    assert out.read_bytes() == FILE


def test_a_part_file_without_its_note_is_not_trusted(server: FileServer, out: Path) -> None:
    out.with_name("phrases.npz.part").write_bytes(b"somebody's own")
    fetch(server, out)
    assert server.ranges == [(None, None)]
    assert out.read_bytes() == FILE


def test_a_part_that_is_whole_already_needs_no_request(server: FileServer, out: Path) -> None:
    server.cut_after = [400_000, *[0] * TRIES]
    with pytest.raises(DownloadError):
        fetch(server, out, SHA256)
    out.with_name("phrases.npz.part").write_bytes(FILE)  # as if it was ended just before the file got its name
    server.cut_after, server.ranges = [], []
    fetch(server, out, SHA256)
    assert server.ranges == []
    assert out.read_bytes() == FILE


def test_a_wrong_checksum_keeps_nothing(server: FileServer, out: Path) -> None:
    with pytest.raises(DownloadError, match=f"has the SHA-256 {SHA256}, expected {'0' * 64}"):
        fetch(server, out, "0" * 64)
    assert left_beside(out) == set()


def test_a_file_that_is_here_is_neither_overwritten_nor_fetched_again(server: FileServer, out: Path) -> None:
    out.write_bytes(FILE)
    fetch(server, out, SHA256)
    assert server.ranges == []
    out.write_bytes(b"mine")
    for sha256 in (None, SHA256):
        with pytest.raises(DownloadError, match="exists"):
            fetch(server, out, sha256)
    assert out.read_bytes() == b"mine"


@pytest.mark.parametrize("status", [404, 403, 410])
def test_a_file_that_is_not_there_is_said_at_once(server: FileServer, out: Path, status: int) -> None:
    server.answers = [(status, {})]
    pauses = Pauses()
    with pytest.raises(DownloadError, match=f"the server answers {status}"):
        fetch(server, out, pauses=pauses)
    assert pauses == []
    assert left_beside(out) == set()


def test_a_busy_server_is_asked_again(server: FileServer, out: Path) -> None:
    server.answers = [(503, {}), (429, {})]
    pauses = Pauses()
    fetch(server, out, SHA256, pauses)
    assert pauses == [1.0, 2.0]
    assert out.read_bytes() == FILE


def test_offline_is_said_at_once(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/x.npz"
    pauses = Pauses()
    for unreachable, host in ((address, "127.0.0.1"), ("http://no-such-host.invalid/x.npz", "no-such-host.invalid")):
        with pytest.raises(DownloadError, match=rf"{host}.*cannot be reached.*offline"):
            download(unreachable, out, sleep=pauses)
    assert pauses == []
    assert left_beside(out) == set()


def test_a_redirection_is_followed_and_its_range_kept(server: FileServer, out: Path) -> None:
    server.answers = [(302, {"Location": server.address("/moved")})]
    server.cut_after = [600_000]
    fetch(server, out, SHA256)
    assert out.read_bytes() == FILE


def test_a_redirection_to_a_web_page_is_not_taken_for_data(server: FileServer, out: Path) -> None:
    server.content, server.headers = b"<!DOCTYPE html><p>Sign in", {"Content-Type": "text/html; charset=utf-8"}
    server.answers = [(302, {"Location": server.address("/login")})]
    with pytest.raises(DownloadError, match="leads to a web page"):
        fetch(server, out)
    server.headers = {"Content-Type": "application/octet-stream"}
    with pytest.raises(DownloadError, match="leads to a web page"):
        fetch(server, out)
    assert not out.exists()


def test_only_the_web_is_asked(server: FileServer, out: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mine")
    for address in (secret.as_uri(), "ftp://127.0.0.1/x", "data:,x", "phrases.npz", "https://", "http://[x/"):
        with pytest.raises(DownloadError, match="expected one that begins with https"):
            download(address, out)
    for target in ("ftp://127.0.0.1/x", secret.as_uri()):
        server.answers = [(302, {"Location": target})]
        with pytest.raises(DownloadError, match=r"leads to|is not allowed"):
            fetch(server, out)
    assert not out.exists()


def test_a_checksum_that_is_none_is_refused_before_anything_is_fetched(server: FileServer, out: Path) -> None:
    with pytest.raises(DownloadError, match="64 hexadecimal digits"):
        fetch(server, out, "abc")
    assert server.ranges == []


def test_too_little_space_is_said_before_it_is_filled(
    server: FileServer, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(out.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=len(FILE) - 3 * 2**19))
    monkeypatch.setattr(server, "content", FILE * 3)
    with pytest.raises(DownloadError, match=r"no space left for .*, 3 MiB more are needed"):
        fetch(server, out)
    assert left_beside(out) == set()


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_disk_that_fills_up_is_named(server: FileServer, out: Path) -> None:
    out.with_name("phrases.npz.part").symlink_to("/dev/full")
    out.with_name("phrases.npz.part.json").write_text(
        f'{{"address": "{server.address()}", "validator": "x", "total": 9}}'
    )
    with pytest.raises(DownloadError, match="no space left"):
        fetch(server, out)
    assert not out.exists()


def test_a_folder_that_cannot_be_written_is_named(server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"missing.*cannot be written"):
        fetch(server, tmp_path / "missing" / "phrases.npz")


def parsed(command: int, *options: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    download_command.add_arguments(parser, FETCHINGS[command])
    return parser.parse_args(options)


def test_the_commands_fetch_and_say_what_is_next(
    server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = parsed(0, "--address", server.address("/a/the%20set.npz?download=1"), "--out", str(tmp_path))
    assert download_command.run(arguments) == 0
    data = tmp_path / "the set.npz"
    assert data.read_bytes() == FILE
    assert f"process-data {data} {tmp_path / 'the set.phrases'}" in capsys.readouterr().out.replace("\n", "")

    model = tmp_path / "band.onnx"
    arguments = parsed(1, "--address", server.address(), "--out", str(model), "--sha256", SHA256)
    assert download_command.run(arguments) == 0
    assert f"has the checksum; then: maisynth serve --model {model}" in capsys.readouterr().out.replace("\n", "")


@pytest.mark.parametrize("path", ["", "/", "/folder/", "/a/..", "/%2e%2e", "/a%2f..%2f.bashrc", "/a%5cb", "/a%0ab"])
def test_an_address_gives_no_name_that_leaves_the_folder(tmp_path: Path, path: str) -> None:
    address = f"https://example.org{path}"
    if path == "/folder/":
        assert destination(address, tmp_path) == tmp_path / "folder"
        return
    with pytest.raises(DownloadError, match="--out FILE"):
        destination(address, tmp_path)
    assert destination(address, tmp_path / "mine.npz") == tmp_path / "mine.npz"


def test_a_download_needs_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(0)
    assert "--address" in capsys.readouterr().err
