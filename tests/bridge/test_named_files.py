"""No request can name a file: what clients write is a name in a catalogue or in the library, never a path."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from bridge.contract import ModelContract
from bridge.daemon import Bridge
from bridge.engine.settings import BridgeSettings
from bridge.model_files.model_file import read_contract
from bridge.protocol.arguments import Value
from bridge.protocol.osc_packet import build_message
from bridge.protocol.requests import REQUESTS, Request
from tests.bridge.doors.stage import wait_until
from tests.tiny_model import write_tiny_model

LIVE = ("127.0.0.1", 50001)
OPENED_BY = ("open", "sqlite3.connect", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.mkdir", "shutil.")

_opened: list[str] | None = None  # filled while a test listens


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is not None and event.startswith(OPENED_BY):
        _opened.extend(str(one) for one in arguments if isinstance(one, str | bytes | Path))


@pytest.fixture(scope="module", autouse=True)
def _ears() -> None:
    sys.addaudithook(_listen)  # cannot be taken away again: deaf outside these tests


def walked(kind: type[Request], text: str) -> list[Value]:
    """Arguments of such a request with the text in every place where one can stand."""
    values: list[Value] = []
    for entry in fields(kind):
        if "group" in entry.metadata:
            ofs = [one for _, one in entry.metadata["group"].arguments]
        elif "any" in entry.metadata:
            values.append(text)
            continue
        elif "argument" in entry.metadata:
            ofs = [entry.metadata["argument"]]
        else:
            continue
        values += [text if one.kind == "s" else one.low if one.low and one.low > 0 else 1 for one in ofs]
    return values


def with_text(kind: type[Request]) -> bool:
    return "text" in walked(kind, "text")


@pytest.fixture
def bridge(tiny_model: Path, tmp_path: Path) -> Iterator[Bridge]:
    """A bridge with its data in one folder, and a good model in another beside it."""
    data, outside = tmp_path / "data", tmp_path / "outside"
    for folder in (data, data / "models", outside):
        folder.mkdir()
    write_tiny_model(outside / "secret.onnx", _contract(tiny_model), seed=7)
    settings = BridgeSettings(
        tiny_model, data / "l.sqlite", port=0, http_port=None, provider="cpu", midi_api="none", models=data / "models"
    )
    with Bridge(settings) as opened:
        yield opened


def _contract(model: Path) -> ModelContract:
    contract, problem = read_contract(model)
    assert contract is not None, problem
    return contract


def ask(bridge: Bridge, address: str, *arguments: Value) -> None:
    bridge.inbox.receive(build_message(address, arguments), LIVE, 100.0)
    while (letter := bridge.inbox.take(0.0)) is not None:
        bridge.engine.handle(letter, 100.0)
    bridge.engine.tick(100.0)


def paths_to(file: Path) -> list[str]:
    """Ways to write where a file is, as an attacker would."""
    steps = f"../../outside/{file.name}"
    return [
        *(str(file), str(file.with_suffix("")), file.as_uri(), steps, steps.removesuffix(".onnx"), f"../{steps}"),
        *(f"./{steps}", steps.replace("/", "\\"), f"tiny/../{steps}", f"models/{steps}", f"%2e%2e/{steps}"),
        *(f"~/{file.name}", f"file:{file}?mode=rwc", f"|cat {file}", f"{file}\x7f"),
    ]


def test_the_requests_that_hold_text_are_known() -> None:
    """A new one is walked below too; look whether its text could become a path."""
    assert {address for address, kind in REQUESTS.items() if with_text(kind)} == {
        *("/mai/hello", "/mai/latent/save", "/mai/latent/recall", "/mai/latent/delete", "/mai/latent/rename"),
        *("/mai/latent/get", "/mai/latent/put", "/mai/latent/capture", "/mai/morph", "/mai/morph/track"),
        *("/mai/set", "/mai/get", "/mai/model/load"),
    }


@pytest.mark.parametrize("address", [address for address, kind in REQUESTS.items() if with_text(kind)])
def test_no_request_makes_the_bridge_touch_a_file_by_a_path(address: str, bridge: Bridge, tmp_path: Path) -> None:
    global _opened
    secret = tmp_path / "outside" / "secret.onnx"
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "outside").rglob("*")}
    ask(bridge, "/mai/generate", 1, 42)
    for text in paths_to(secret):
        _opened = []
        try:
            ask(bridge, address, *walked(REQUESTS[address], text))
            wait_until(lambda: bridge.engine.models.loading is None)
        finally:
            touched, _opened = _opened, None
        assert not [path for path in touched if "outside" in path or "secret" in path], text
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "outside").rglob("*")} == before
    assert bridge.engine.contract.name == "tiny 0"
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"data", "outside"}


def test_a_model_is_loaded_by_its_name_in_the_catalogue_and_by_no_path(bridge: Bridge, tmp_path: Path) -> None:
    for text in paths_to(tmp_path / "outside" / "secret.onnx"):
        rejected = bridge.engine.counters.rejected
        ask(bridge, "/mai/model/load", 1, text)
        assert bridge.engine.counters.rejected == rejected + 1, text
        assert bridge.engine.models.loading is None


def test_a_latent_may_be_named_like_a_path_and_is_a_row_of_the_library(bridge: Bridge, tmp_path: Path) -> None:
    name = "../../outside/encore"
    ask(bridge, "/mai/generate", 1, 42)
    ask(bridge, "/mai/latent/save", 2, name)
    assert name in bridge.library.latents.names()
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["secret.onnx"]


def test_the_listening_itself_hears_a_file_that_is_opened(tmp_path: Path) -> None:
    global _opened
    _opened = []
    try:
        (tmp_path / "heard").write_text("x")
    finally:
        heard, _opened = _opened, None
    assert str(tmp_path / "heard") in heard
