"""A headless Chromium, where there is one: pages of the bridge as a musician has them open."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from bridge.clock import now

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WAIT_MS = 15_000  # a busy computer
CANVASES = "[...document.querySelectorAll('.roll canvas')]"


def why_not() -> str | None:
    """What is missing for a test in a browser, in a sentence; None: nothing."""
    for package in ("playwright", "axe_playwright_python"):
        if importlib.util.find_spec(package) is None:
            return f"no test in a browser: {package} is not installed (pip install playwright axe-playwright-python)"
    if program() is None:
        return "no test in a browser: chromium is not installed (Debian: apt install chromium)"
    return None


def program() -> str | None:
    """The path of the browser."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


needs_chromium = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@contextmanager
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # The sandbox needs what a container does not give; the pages are our own.
        browser = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Visit:
    """One page of a bridge, opened and connected, and what went wrong in it."""

    def __init__(self, context: BrowserContext, url: str, connected: bool = True) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.problems: list[str] = []
        self.sent: list[str] = []  # over its WebSockets
        self.page.on("pageerror", lambda problem: self.problems.extend([str(problem)]))
        self.page.on("dialog", self._refuse)
        self.page.on("console", lambda line: self.problems.extend([line.text] if line.type == "error" else []))
        self.page.on("websocket", lambda socket: socket.on("framesent", self._remember))
        self.page.goto(url)
        if connected:
            self.wait("document.body.dataset.connection === 'connected' && document.querySelectorAll('.track').length")

    def wait(self, expression: str, seconds: float = WAIT_MS / 1000) -> None:
        """Until it is true in the page. Raises AssertionError with what the page says."""
        # A string is compiled by the browser itself: the page's policy, which forbids that to the page, is not asked.
        look = f"if ({expression}) done(true); else if (Date.now() > end) done(false); else setTimeout(look, 20);"
        program = f"const end = Date.now() + {1000 * seconds}; const look = () => {{ {look} }}; look();"
        if not self.page.evaluate(f"new Promise((done) => {{ {program} }})"):
            raise AssertionError(f"not within {seconds:g} s: {expression}; the page says {self.message!r}")

    def until(self, is_so: Callable[[], bool], seconds: float = WAIT_MS / 1000) -> None:
        """Until it is true here. Raises AssertionError with what the page says."""
        end = now() + seconds
        while not is_so():
            assert now() < end, f"not within {seconds:g} s; the page says {self.message!r}"
            self.page.wait_for_timeout(50)

    def _remember(self, frame: str | bytes) -> None:
        self.sent.append(str(frame))

    def _refuse(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def press(self, element: str) -> None:
        self.page.click(f"#{element}")

    def wait_for_message(self, sentence: str) -> None:
        self.wait(f"document.querySelector('#message').textContent === {sentence!r}")

    @property
    def message(self) -> str:
        return self.page.inner_text("#message")

    def rolls(self) -> list[str]:
        """The pictures of all rolls, once they are drawn."""
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        pictures: list[str] = self.page.evaluate(f"{CANVASES}.map((one) => one.toDataURL())")
        return pictures

    def note_counts(self) -> list[int]:
        self.rolls()
        counts: list[int] = self.page.evaluate(f"{CANVASES}.map((one) => Number(one.dataset.notes))")
        return counts

    def generate(self) -> None:
        before = self.rolls()
        self.page.evaluate("document.querySelector('#message').textContent = ''")
        self.press("generate")
        self.wait_for_message("A new phrase for the whole band")
        assert self.rolls() != before

    def save(self, name: str) -> None:
        self.page.fill("#save-name", name)
        self.page.press("#save-name", "Enter")
        self.wait(f"[...document.querySelectorAll('#latents .name')].some(one => one.textContent === {name!r})")
