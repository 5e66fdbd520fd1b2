"""One file over HTTP, resumed where it was cut, and checked before it gets its name."""

from __future__ import annotations

import errno
import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from training.downloads.http_transfer import CutOff, DownloadError, OnProgress, Transfer, no_space

TRIES = 6  # in a row that bring nothing
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0


def download(
    address: str,
    destination: Path,
    sha256: str | None = None,
    on_progress: OnProgress = lambda _here, _of: None,
    sleep: Callable[[float], None] = time.sleep,
    timeout: float = 30.0,
) -> None:
    """Fetch an http or https `address` to `destination`, whole and checked or not at all. Raises DownloadError.

    Goes on with what an earlier call left, if the server still has the same file. `sha256` (64 hexadecimal digits) is
    compared before the file gets its name; a file that is there already and has it is not fetched again. `timeout`:
    seconds of silence after which a connection counts as cut.
    """
    _check(address, sha256)
    if destination.exists():
        if sha256 is not None and destination.is_file() and _sha256(destination) == sha256.lower():
            return
        raise DownloadError(f"{destination} exists{_but_differs(sha256)}: choose another --out, or remove it")
    transfer = Transfer(address, destination, on_progress, timeout, checked=sha256 is not None)
    try:
        _until_whole(transfer, sleep)
        if sha256 is not None and (found := _sha256(transfer.part)) != sha256.lower():
            transfer.forget()
            raise DownloadError(
                f"{address} has the SHA-256 {found}, expected {sha256.lower()}: it is another file or was damaged on "
                "its way, and is not kept. Compare the checksum with its source, then try again"
            )
        transfer.part.replace(destination)
        transfer.forget()
    except OSError as error:
        raise DownloadError(_disk_trouble(error, destination)) from error


def _until_whole(transfer: Transfer, sleep: Callable[[float], None]) -> None:
    failures = 0
    while True:
        before = transfer.here()
        try:
            transfer.go_on()
            return
        except CutOff as cut:
            failures = 1 if transfer.here() > before else failures + 1
            if failures >= TRIES:
                kept = f"; {transfer.part} is kept, and the same command goes on from there" if transfer.known() else ""
                raise DownloadError(
                    f"{transfer.address}: {cut}, {TRIES} times in a row: try again later{kept}"
                ) from cut
            sleep(min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (failures - 1)))


def _check(address: str, sha256: str | None) -> None:
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web:
        raise DownloadError(f"the address is {address!r}, expected one that begins with https:// or http://")
    if sha256 is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise DownloadError(f"--sha256 is {sha256!r}, expected 64 hexadecimal digits")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _but_differs(sha256: str | None) -> str:
    return "" if sha256 is None else f" and has not the SHA-256 {sha256.lower()}"


def _disk_trouble(error: OSError, destination: Path) -> str:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return no_space(destination)
    return f"{destination} cannot be written: {error.strerror or error}. Choose another --out"
