"""Writes index.xml, by which ReaPack offers the actions: `python -m reaper.build_index --base-url URL`.

ReaPack fetches each file by its whole address: the URL is that under which this folder is published. Without one,
places relative to the index are written, which ReaPack cannot fetch: for reading, and for comparing with the files.
Everything else is read from the header of the package's first action, and checked against the folder.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

FOLDER = Path(__file__).parent
PACKAGE = "MAIsynthesizer_Generate.lua"
NAME = "MAIsynthesizer"  # of the index, and of the category, which is a folder in Reaper
RELATIVE = "."  # no address, but places beside the index

_TAG = re.compile(r"^-- @(\w+) ?(.*)$")
_MORE = re.compile(r"^--   (.*)$")
_PROVIDED = re.compile(r"^\[(main|nomain|effect)\] (.+)$")


class BadHeader(ValueError):
    """The header of the package is not what ReaPack reads; the message says what came and what was expected."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the package. `kind`: main (an action), nomain (a module) or effect (a JSFX)."""

    kind: str
    path: str


def header(text: str) -> dict[str, list[str]]:
    """The tags at the head of a Lua file, each with its lines."""
    tags: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if found := _TAG.match(line):
            lines = tags.setdefault(found[1], [])
            lines += [found[2]] if found[2] else []
        elif found := _MORE.match(line):
            lines.append(found[1])
        else:
            break
    missing = {"description", "version", "author", "about", "changelog", "provides"} - set(tags)
    if missing:
        raise BadHeader(f"{PACKAGE} has no @{min(missing)} at its head")
    return tags


def sources(tags: dict[str, list[str]], folder: Path = FOLDER) -> Iterator[Source]:
    """What @provides names, patterns resolved. Raises BadHeader for what is not there."""
    for line in tags["provides"]:
        found = _PROVIDED.match(line)
        if found is None:
            raise BadHeader(f"@provides has {line!r}, expected [main], [nomain] or [effect] and a file")
        pattern = PACKAGE if found[2] == "." else found[2]
        paths = sorted(folder.glob(pattern))
        if not paths:
            raise BadHeader(f"@provides names {pattern}, which is not there")
        for path in paths:
            yield Source(found[1], path.relative_to(folder).as_posix())


def index(base_url: str = RELATIVE, folder: Path = FOLDER) -> str:
    """The text of index.xml; its addresses begin with `base_url`. Raises BadHeader."""
    tags = header((folder / PACKAGE).read_text(encoding="utf-8"))
    root = ElementTree.Element("index", version="1", name=NAME)
    category = ElementTree.SubElement(root, "category", name=NAME)
    about = {"name": PACKAGE, "type": "script", "desc": tags["description"][0]}
    package = ElementTree.SubElement(category, "reapack", about)
    described = ElementTree.SubElement(ElementTree.SubElement(package, "metadata"), "description")
    described.text = _rtf(" ".join(tags["about"]))
    version = ElementTree.SubElement(package, "version", name=tags["version"][0], author=tags["author"][0])
    ElementTree.SubElement(version, "changelog").text = "\n".join(tags["changelog"])
    for source in sources(tags, folder):
        attributes = {} if source.path == PACKAGE else {"file": source.path}
        if source.kind == "main":
            attributes["main"] = "main"
        elif source.kind == "effect":
            attributes["type"] = "effect"
        digest = hashlib.sha256((folder / source.path).read_bytes()).hexdigest()
        attributes["hash"] = f"1220{digest}"  # a multihash: SHA-256, 32 bytes
        ElementTree.SubElement(version, "source", attributes).text = f"{base_url.rstrip('/')}/{quote(source.path)}"
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _rtf(text: str) -> str:
    """ReaPack shows descriptions as RTF."""
    return "{\\rtf1\\ansi " + re.sub(r"([\\{}])", r"\\\1", text) + "\\par}"


def absolute_url(text: str) -> str:
    """The text, if ReaPack can fetch from it. Raises argparse.ArgumentTypeError."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no address that ReaPack can fetch files from: expected https://HOST/FOLDER"
        )
    return text


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m reaper.build_index", description="Write ReaPack's index.")
    parser.add_argument("--base-url", type=absolute_url, metavar="URL", help="where this folder is published")
    parser.add_argument(
        "--output", type=Path, default=FOLDER / "index.xml", metavar="FILE", help="what to write (the index.xml here)"
    )
    options = parser.parse_args(arguments)
    options.output.write_text(index(options.base_url or RELATIVE), encoding="utf-8")


if __name__ == "__main__":
    main()
