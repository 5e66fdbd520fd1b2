"""The commands that fetch: `maisynth-train download-data` and `download-models`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from training.downloads.download import download
from training.downloads.http_transfer import DownloadError


@dataclass(frozen=True, slots=True)
class Fetching:
    """One of the commands; `then` is what to do with the file."""

    command: str
    help: str
    description: str
    then: str


FETCHINGS = (
    Fetching(
        "download-data",
        "fetch a file of training phrases",
        "Fetch training data from an address of your choice, and go on where an earlier try was cut. The original "
        "fetched train_x_lpd_5_phr.npz, 102378 phrases, from a shared drive that has moved; there is no default.",
        "maisynth-train process-data {out} {store}",
    ),
    Fetching(
        "download-models",
        "fetch a trained model",
        "Fetch a model from an address of your choice, and go on where an earlier try was cut. The original's script "
        "fetched TensorFlow networks, which play nowhere else; what the bridge plays is an .onnx file of "
        "maisynth-export. There is no default.",
        "maisynth serve --model {out}",
    ),
)


def add_arguments(parser: argparse.ArgumentParser, fetching: Fetching) -> None:
    """The options of one of the commands."""
    parser.add_argument("--address", required=True, metavar="URL", help="where the file is: https:// or http://")
    parser.add_argument(
        "--sha256", metavar="HEX", help="the checksum that the file must have; another file is not kept"
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, default=Path(), metavar="PATH", help="file or folder to write to (default: this folder)"
    )  # fmt: skip
    parser.set_defaults(fetching=fetching)


def run(arguments: argparse.Namespace) -> int:
    """Fetch, with a progress bar. Raises DownloadError."""
    out = destination(arguments.address, arguments.out)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    try:
        with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(out.name, total=None)
            download(
                arguments.address,
                out,
                arguments.sha256,
                lambda here, of: progress.update(task, completed=here, total=of),
            )
    except KeyboardInterrupt:
        print(f"stopped; the same command goes on from {out}.part")
        return 130
    print(f"{out} is here{' and has the checksum' if arguments.sha256 else ''}; then: {_next_step(arguments, out)}")
    return 0


def destination(address: str, out: Path) -> Path:
    """`out`, or in the folder `out` the file's name in the address. Raises DownloadError if it has none."""
    if not out.is_dir():
        return out
    name = PurePosixPath(unquote(urlsplit(address).path)).name
    if not name or not name.isprintable() or name.startswith(".") or set(name) & set('\\:*?"<>|'):
        raise DownloadError(f"the address {address!r} ends in no name for a file: give one with --out FILE")
    return out / name


def _next_step(arguments: argparse.Namespace, out: Path) -> str:
    then: str = arguments.fetching.then
    return then.format(out=out, store=out.with_suffix(".phrases"))
