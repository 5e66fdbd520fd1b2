"""What is served, and what the files may hold: nothing from outside, nothing inline, no address of its own."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from rich.console import Console

from bridge.daemon import Bridge
from bridge.doors.pages import SECURITY_HEADERS
from bridge.engine.settings import SETTINGS, BridgeSettings
from bridge.page.serving import CONSTANTS_PATH, CONTENT_TYPES, FILES, INDEX, pages
from bridge.protocol.requests import ANSWERS, REQUESTS
from bridge.screen.start_screen import start_screen
from tests.bridge.doors.http_client import HttpClient
from tests.bridge.doors.stage import on_stage

FOLDER = Path(str(files("bridge.page")))
SCRIPTS = [name for name in FILES if name.endswith(".js")]
UNSERVED = ("package.json",)  # says to Node that the scripts are modules


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


class Elements(HTMLParser):
    """Tags with their attributes, and the text within scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] in ("script", "style"):
            self.inline += data.strip()


@pytest.fixture(scope="module")
def html() -> Elements:
    return Elements(text(INDEX))


def test_every_file_of_the_page_is_listed_and_there() -> None:
    in_folder = {path.name for path in FOLDER.iterdir() if path.suffix.removeprefix(".") in (*CONTENT_TYPES, "json")}
    assert in_folder == {*FILES, *UNSERVED}
    assert {path.removeprefix("/") for path in pages()} == {*FILES, "", "protocol.js"} - {INDEX}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_module_imports_modules_that_are_served(name: str) -> None:
    for wanted in re.findall(r'from "([^"]+)"', text(name)):
        assert wanted.startswith("./")
        assert f"/{wanted[2:]}" in pages()


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_loaded_from_outside(name: str) -> None:
    addresses = [one for one in re.findall(r"(?:https?:)?//[a-z][^\s\"'`)]*", text(name)) if "www.w3.org" not in one]
    assert addresses == []


def test_every_script_is_used() -> None:
    used = {name.removeprefix("./") for script in SCRIPTS for name in re.findall(r'from "([^"]+)"', text(script))}
    assert {*SCRIPTS} - used == {"main.js"}


@pytest.mark.parametrize(
    "wrong", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("]
)
def test_no_text_becomes_html_or_a_script(wrong: str) -> None:
    assert not [name for name in SCRIPTS if wrong in text(name)]


def test_the_page_has_no_inline_script_style_or_handler(html: Elements) -> None:
    assert html.inline == ""
    for tag, attributes in html.found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        assert tag != "script" or attributes["src"]


def test_every_element_that_a_module_asks_for_is_there_once(html: Elements) -> None:
    ids = [attributes["id"] for _, attributes in html.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {one for name in SCRIPTS for one in re.findall(r'find\("([^"]+)"\)', text(name))}
    settings = {one for one in SETTINGS if one in ids}
    assert wanted <= {*ids}
    assert settings >= {"key", "scale", "threshold", "swing", "humanize", "tempo", "clock", "lookahead"}


def test_every_icon_that_is_used_is_drawn(html: Elements) -> None:
    drawn = {f"#{attributes['id']}" for tag, attributes in html.found if tag == "symbol"}
    shown = {attributes["href"] for tag, attributes in html.found if tag == "use"}
    made = {f"#icon-{one}" for name in SCRIPTS for one in re.findall(r'iconButton\("([^"]+)"', text(name))}
    assert shown | made <= drawn


def test_the_page_speaks_the_protocol_table_and_nothing_else() -> None:
    spoken = {one for name in SCRIPTS for one in re.findall(r"\"(/mai/[a-z/]+)\"", text(name))}
    answers = {one for answer in ANSWERS.values() for one in re.findall(r"/mai/[a-z/]+", answer)}
    assert spoken <= {*REQUESTS, *answers, "/mai/error", "/mai/bar", "/mai/changed", "/mai/state"}
    assert len(spoken & {*REQUESTS}) >= 18


def test_the_constants_are_a_module_of_the_bridges_own_table() -> None:
    told = pages()[CONSTANTS_PATH].body.decode()
    assert '"/mai/stream/start"' in told
    assert '"harmonic_minor"' in told
    assert told.rstrip().endswith("export { MAI, CLOCKS, SCALES };")


def test_files_are_served_with_their_types_and_headers_that_keep_them_to_themselves() -> None:
    with on_stage(pages()) as stage:
        for path, kind in (("/", "text/html"), ("/main.js", "text/javascript"), ("/style.css", "text/css"),
                           ("/icon.svg", "image/svg+xml"), (CONSTANTS_PATH, "text/javascript")):  # fmt: skip
            answer = stage.http.ask(path)
            assert answer.status == 200
            assert answer.headers["Content-Type"].startswith(kind)
            assert int(answer.headers["Content-Length"]) > 100
            for name, value in SECURITY_HEADERS:
                assert answer.headers[name] == value
        assert stage.http.ask("/", {"Host": "example.com"}).status == 403
        assert stage.http.ask("/main.js", {"Origin": "http://example.com"}).status == 403


@pytest.mark.parametrize(
    "path",
    ["/serving.py", "/__init__.py", "/../daemon.py", "/index.html", "//main.js", "/main.js/", "/%6dain.js", "/page/"],
)
def test_nothing_but_the_listed_files_is_served(path: str) -> None:
    with on_stage(pages()) as stage:
        assert stage.http.ask(path).status == 404


def test_the_policy_allows_no_inline_script_no_foreign_host_and_no_frame() -> None:
    policy = dict(SECURITY_HEADERS)["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "*" not in policy
    assert {"default-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} <= {
        *policy.split("; ")
    }


@pytest.fixture(params=[True, False])
def served(request: pytest.FixtureRequest, tiny_model: Path, tmp_path: Path) -> Iterator[tuple[bool, HttpClient]]:
    settings = BridgeSettings(
        tiny_model, tmp_path / "l.sqlite", port=0, http_port=0, page=request.param, provider="cpu", midi_api="none"
    )
    with Bridge(settings) as bridge:
        assert bridge.http_url is not None
        console = Console(record=True, file=io.StringIO(), width=120)
        console.print(start_screen(bridge))
        assert (f"Page   {bridge.http_url}" in console.export_text()) == request.param
        yield request.param, HttpClient(bridge.http_url)


def test_no_page_serves_no_page(served: tuple[bool, HttpClient]) -> None:
    wanted, client = served
    assert client.ask("/").status == (200 if wanted else 404)
    assert client.ask("/main.js").status == (200 if wanted else 404)
