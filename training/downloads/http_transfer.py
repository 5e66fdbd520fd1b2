"""Requests for one file over HTTP, each from where the last one was cut. What came waits in NAME.part, beside it
NAME.part.json with a note of which file it is the beginning of."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

_BLOCK = 1 << 16
_COME_BACK_LATER = (408, 425, 429, 500, 502, 503, 504)
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")

OnProgress = Callable[[int, int | None], None]  # bytes here so far, bytes in all if the server says so


class DownloadError(ValueError):
    """The file is not here; the message says why and what to do."""


class CutOff(Exception):
    """The connection ended, or the server wants a pause: worth another try."""


@dataclass(frozen=True, slots=True)
class _PartOf:
    """What the bytes in a .part file are the beginning of; `validator` is its strong ETag or its date."""

    address: str
    validator: str
    total: int | None


class Transfer:
    """The .part file of one destination, and the requests that make it grow."""

    def __init__(self, address: str, destination: Path, on_progress: OnProgress, timeout: float, checked: bool) -> None:
        self.address = address
        self.part = destination.with_name(f"{destination.name}.part")
        self._note = destination.with_name(f"{destination.name}.part.json")
        self._on_progress, self._timeout, self._checked = on_progress, timeout, checked
        self._reached = False
        self._opener = urllib.request.build_opener(_OnlyWeb)

    def here(self) -> int:
        """Bytes in the .part file."""
        return self.part.stat().st_size if self.part.exists() else 0

    def forget(self) -> None:
        """Remove the .part file and its note."""
        self.part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def go_on(self) -> None:
        """One request, from where the .part file ends. Returns when it is whole; raises CutOff and DownloadError."""
        known = self.known()
        if known is None:
            self.forget()
        elif self.part.exists() and known.total == self.here():
            return
        begin = self.here()
        headers = {"Accept-Encoding": "identity", "User-Agent": "maisynth-train"}
        if known is not None and begin:
            headers["Range"] = f"bytes={begin}-"
            if known.validator:
                headers["If-Range"] = known.validator
        try:
            with self._open(headers) as response:
                self._receive(response, known, begin)
        except http.client.HTTPException as error:
            raise CutOff(f"the connection was cut ({type(error).__name__})") from error

    def known(self) -> _PartOf | None:
        """What the .part file is the beginning of, if it can be gone on with."""
        try:
            fields = json.loads(self._note.read_text(encoding="utf-8"))
            known = _PartOf(str(fields["address"]), str(fields["validator"]), fields["total"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        # Without a validator, only the checksum can tell whether two halves belong together.
        return known if known.address == self.address and (known.validator or self._checked) else None

    def _open(self, headers: dict[str, str]) -> http.client.HTTPResponse:
        try:
            response: http.client.HTTPResponse = self._opener.open(
                urllib.request.Request(self.address, headers=headers), timeout=self._timeout
            )
        except urllib.error.HTTPError as error:
            error.close()
            self._reached = True
            if error.code == 416:  # it is shorter now than what is here: another file
                self.forget()
                raise CutOff("the file has changed") from error
            if error.code in _COME_BACK_LATER:
                raise CutOff(f"the server answers {error.code} {error.reason}") from error
            raise DownloadError(
                f"{self.address}: the server answers {error.code} {error.reason}: check the address; the file may have "
                "moved, or need a login"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            if self._reached:
                raise CutOff(f"the server cannot be reached ({reason})") from error
            raise DownloadError(
                f"{urlsplit(self.address).netloc} cannot be reached ({reason}): is this machine offline? "
                "Check the network and the address, then try again; what came before is kept"
            ) from error
        self._reached = True
        return response

    def _receive(self, response: http.client.HTTPResponse, known: _PartOf | None, begin: int) -> None:
        _refuse_other_content(self.address, response)
        validator = _validator(response)
        if response.status == 206:
            sent = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            total = None if sent is None or sent[3] == "*" else int(sent[3])
            # A part need not repeat the date; what it does repeat has to be the same.
            other = known is not None and (
                validator not in ("", known.validator) or (None not in (total, known.total) and total != known.total)
            )
            if sent is None or int(sent[1]) != begin or other:
                self.forget()
                raise CutOff("the server sends another part than was asked for")
            validator = validator or (known.validator if known is not None else "")
        else:  # the whole file: it has changed, or the server knows no parts
            begin, length = 0, response.headers.get("Content-Length", "")
            total = int(length) if length.isdigit() else None
        if total is not None and (free := shutil.disk_usage(self.part.parent).free) < total - begin:
            raise DownloadError(no_space(self.part, total - begin - free))
        with self.part.open("r+b" if begin else "wb") as part:
            part.seek(begin)
            self._note.write_text(json.dumps(asdict(_PartOf(self.address, validator, total))), encoding="utf-8")
            self._copy(response, part, begin, total)
        if total is not None and self.here() != total:
            raise CutOff(f"the connection was cut after {self.here()} of {total} bytes")

    def _copy(self, response: http.client.HTTPResponse, part: IO[bytes], here: int, total: int | None) -> None:
        self._on_progress(here, total)
        while True:
            try:
                block = response.read(_BLOCK)
            except OSError as error:
                raise CutOff(f"the connection was cut ({error})") from error
            if not block:
                return
            if not here:
                _refuse_web_page(self.address, block)
            if total is not None and here + len(block) > total:
                raise DownloadError(f"{self.address} sends more than the {total} bytes that it promised: try again")
            part.write(block)
            here += len(block)
            self._on_progress(here, total)


class _OnlyWeb(urllib.request.HTTPRedirectHandler):
    """Follows a redirection to http or https alone, and never from the latter to the former."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        scheme = urlsplit(newurl).scheme
        if scheme not in ("http", "https") or (req.type == "https" and scheme != "https"):
            raise DownloadError(f"{req.full_url} leads to {newurl}, expected https: give the address of the file")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _validator(response: http.client.HTTPResponse) -> str:
    """What If-Range can ask for: the ETag, unless it is a weak one, or the date; empty if there is neither."""
    tag: str = response.headers.get("ETag", "")
    date: str = response.headers.get("Last-Modified", "")
    return tag if tag and not tag.startswith("W/") else date


def _refuse_other_content(address: str, response: http.client.HTTPResponse) -> None:
    if response.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
        raise _web_page(address)
    if (encoding := response.headers.get("Content-Encoding", "identity")) != "identity":
        raise DownloadError(
            f"{address} comes compressed ({encoding}) though that was not asked for: try another address"
        )


def no_space(path: Path, lacking: int = 0) -> str:
    """What to say when the disk is full, `lacking` bytes short."""
    much = f", {lacking / 2**20:.0f} MiB more are needed" if lacking else ""
    return f"no space left for {path}{much}: make room, and the same command goes on; or choose another --out"


def _refuse_web_page(address: str, block: bytes) -> None:
    if block.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        raise _web_page(address)


def _web_page(address: str) -> DownloadError:
    return DownloadError(
        f"{address} leads to a web page, not to data: it is perhaps the page that shows the file, or asks for a login. "
        "Give the address of the file itself"
    )
