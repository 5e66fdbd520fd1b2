"""One browser for all tests of the page, and one bridge for those that do not end it.

They end with the last of these tests: playwright keeps an event loop running in this thread, and others begin theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bridge.contract import ModelContract
from tests.page.chromium import Visit, chromium, why_not
from tests.page.served import ServedBridge, bridge_with_page
from tests.tiny_model import write_tiny_model

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Visits = Callable[..., Visit]

CI_MINUTES = 0.2


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--minutes", type=float, default=CI_MINUTES, help="how long the page streams in the test of its memory"
    )


@pytest.fixture(scope="session")
def minutes(pytestconfig: pytest.Config) -> float:
    return float(pytestconfig.getoption("--minutes", CI_MINUTES))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if reason := why_not():
        pytest.skip(reason)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def one_bridge(
    tiny_model: Path, band: ModelContract, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedBridge]:
    """It has a second model, named `other`."""
    folder = tmp_path_factory.mktemp("bridge")
    (folder / "models").mkdir()
    write_tiny_model(folder / "models" / "other.onnx", band, seed=1)
    with bridge_with_page(tiny_model, folder) as bridge:
        yield bridge


@pytest.fixture(scope="package")
def one_visit(one_bridge: ServedBridge, browser: Browser) -> Iterator[Visit]:
    context = browser.new_context()
    yield Visit(context, one_bridge.url)
    context.close()


@pytest.fixture
def visit(bridge: ServedBridge, one_visit: Visit) -> Iterator[Visit]:
    """A page that stays open from test to test, as a musician's does; it may have had no error."""
    assert one_visit.page.url == bridge.url
    one_visit.page.evaluate("document.activeElement.blur()")
    one_visit.wait("document.body.dataset.connection === 'connected' && !document.querySelector('#latents li')")
    one_visit.wait("!document.querySelector('.head [aria-pressed=true], #play[aria-pressed=true]')")
    one_visit.sent.clear()
    yield one_visit
    problems = one_visit.problems.copy()
    one_visit.problems.clear()
    assert problems == []


@pytest.fixture
def bridge(one_bridge: ServedBridge) -> ServedBridge:
    one_bridge.clear()
    return one_bridge


@pytest.fixture
def visits(browser: Browser) -> Iterator[Visits]:
    """Opens pages at a URL, each in a browser profile of its own; none may have had an error."""
    opened: list[Visit] = []
    contexts: list[Any] = []

    def visit(url: str, script: str | None = None, connected: bool = True, **profile: Any) -> Visit:
        context = browser.new_context(**profile)
        contexts.append(context)
        if script is not None:
            context.add_init_script(script)
        opened.append(Visit(context, url, connected))
        return opened[-1]

    yield visit
    for context in contexts:
        context.close()
    assert [problem for one in opened for problem in one.problems] == []
