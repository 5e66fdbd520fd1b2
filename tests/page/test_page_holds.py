"""The page is for everyone, gives nothing away, and does not grow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

import pytest

from bridge.clock import now
from tests.page.chromium import Visit, needs_chromium
from tests.page.conftest import Visits
from tests.page.served import ServedBridge

pytestmark = needs_chromium

HOSTILE_NAMES = (
    "<img src=x onerror=alert(1)>",
    "</span><script>alert(1)</script>",
    "javascript:alert(1)",
    "'; DROP TABLE latents; --",
    "{{7*7}} ${7*7} %s %n",
    "\u202eesrever",
    "n" * 200,
)
SIZES: list[dict[str, Any]] = [
    {"viewport": {"width": 1360, "height": 860}, "color_scheme": "light"},
    {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"},
]
COLLECTIONS = 5
LARGEST_GROWTH = 400_000  # bytes of the heap after a collection: a leak of a bar a message would be many times that


@pytest.mark.parametrize("size", SIZES, ids=["wide and light", "narrow and dark"])
def test_the_accessibility_check_finds_nothing(bridge: ServedBridge, visits: Visits, size: dict[str, Any]) -> None:
    visit = visits(bridge.url, **size)
    visit.generate()
    for name in ("Verse", "Chorus", "Break"):
        visit.save(name)
    visit.page.click("[aria-label^='Lock Guitar']")
    visit.press("play")
    visit.wait("document.querySelectorAll('.point').length === 3 && !document.querySelector('#playhead').hidden")
    visit.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = visit.page.evaluate("axe.run().then(told => told.violations)")
    told = [f"{one['id']}: {[node['html'][:160] + str(node['any'][:1]) for node in one['nodes']]}" for one in found]
    assert told == []


def test_all_of_it_fits_into_320_pixels(bridge: ServedBridge, visits: Visits) -> None:
    visit = visits(bridge.url, viewport={"width": 320, "height": 640})
    visit.generate()
    visit.save("n" * 120)
    assert visit.page.evaluate("document.documentElement.scrollWidth") == 320
    outside = visit.page.evaluate(
        """[...document.querySelectorAll('button, input, select, a, h1, h2, h3, output, dd')]
            .filter(one => one.checkVisibility() && !one.closest('#pad'))
            .map(one => [one.getBoundingClientRect(), one.outerHTML.slice(0, 80)])
            .filter(([box]) => box.left < 0 || box.right > 320 || !box.width).map(([, html]) => html)"""
    )
    assert outside == []
    small = visit.page.evaluate(
        """[...document.querySelectorAll('button, select, a')].filter(one => one.checkVisibility())
            .map(one => [one.getBoundingClientRect(), one.outerHTML.slice(0, 60)])
            .filter(([box]) => box.width < 24 || box.height < 24).map(([, html]) => html)"""
    )
    assert small == []  # fingers


def test_a_hostile_name_is_a_name(visit: Visit) -> None:
    visit.generate()
    for name in HOSTILE_NAMES:
        visit.page.fill("#save-name", name)
        visit.page.press("#save-name", "Enter")
        visit.page.wait_for_timeout(50)
    visit.wait(f"document.querySelectorAll('#latents li').length === {len(HOSTILE_NAMES)}")
    visit.wait(f"document.querySelectorAll('.point').length === {len(HOSTILE_NAMES)}")
    shown = visit.page.evaluate("[...document.querySelectorAll('#latents .name')].map(one => one.textContent)")
    assert sorted(shown) == sorted(HOSTILE_NAMES)
    assert visit.page.locator("#latents img, #latents script, #pad img, #pad script, #message img").count() == 0
    visit.page.locator("#latents .name").nth(0).click()
    visit.wait("document.querySelector('#message').textContent.endsWith(' plays')")
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_policy_runs_no_script_that_was_put_into_the_page(visit: Visit) -> None:
    told = visit.page.evaluate(
        """() => {
            const refused = [];
            document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
            const script = document.createElement('script');
            try { script.textContent = 'window.broken = 1'; document.body.append(script); }
            catch (problem) { refused.push(problem.name); }
            try { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.broken = 2">'); }
            catch (problem) { refused.push(problem.name); }
            const frame = document.createElement('img');
            frame.src = 'http://127.0.0.1:1/pixel.png';
            document.body.append(frame);
            return new Promise((done) => setTimeout(() => done({ refused, broken: window.broken ?? null }), 300));
        }"""
    )
    assert told["broken"] is None
    assert "TypeError" in told["refused"]
    assert "img-src" in told["refused"]
    visit.problems.clear()  # the browser's own words of what it has refused


HOSTILE_PAGE = b"""<!doctype html><title>elsewhere</title><script>
const bridge = new URLSearchParams(location.search).get('bridge');
const told = {};
const later = (name, promise) => promise.then(() => (told[name] = 'in'), () => (told[name] = 'out'));
addEventListener('load', async () => {
    const socket = new WebSocket(bridge.replace('http', 'ws') + 'v1/ws');
    await later('socket', new Promise((done, failed) => { socket.onopen = done; socket.onerror = failed; }));
    await later('fetch', fetch(bridge + 'v1/mai/generate?args=1').then((answer) => answer.text()));
    await later('blind fetch', fetch(bridge + 'v1/mai/stream/start?args=1', { mode: 'no-cors' }));
    const load = (tag, where, address) => later(tag, new Promise((done, failed) => {
        const one = Object.assign(document.createElement(tag), { onload: done, onerror: failed, [where]: address });
        document.body.append(one);
    }));
    await load('script', 'src', bridge + 'main.js');
    await load('img', 'src', bridge + 'icon.svg');
    document.title = JSON.stringify(told);
});
</script><body>"""


class Elsewhere(BaseHTTPRequestHandler):
    """A page of another site."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(HOSTILE_PAGE)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_a_page_of_another_origin_gets_nothing_and_does_nothing(
    bridge: ServedBridge, visits: Visits, elsewhere: str
) -> None:
    before = bridge.http.status()
    visit = visits(f"{elsewhere}?bridge={bridge.url}", connected=False)
    visit.wait("document.title.startsWith('{')")
    told = visit.page.evaluate("JSON.parse(document.title)")
    assert {name for name, how in told.items() if how == "in"} <= {
        "blind fetch"
    }  # whose answer, a 403, nobody may read
    assert set(told) == {"socket", "fetch", "blind fetch", "script", "img"}
    after = bridge.http.status()
    assert after["stream"] is None
    assert after["piece"] == before["piece"]
    visit.problems.clear()  # the browser's own words of what was refused


def heap(visit: Visit) -> int:
    """Bytes in use after a collection; the least of some, for what arrives meanwhile is in use for a moment."""
    session = visit.page.context.new_cdp_session(visit.page)
    used = []
    for _ in range(COLLECTIONS):
        session.send("HeapProfiler.collectGarbage")
        used.append(int(session.send("Runtime.getHeapUsage")["usedSize"]))
        visit.page.wait_for_timeout(100)
    session.detach()
    return min(used)


def test_streaming_and_morphing_do_not_make_the_page_grow(bridge: ServedBridge, visit: Visit, minutes: float) -> None:
    for name in ("Verse", "Chorus"):
        visit.generate()
        visit.save(name)
    bridge.ask("/mai/set", "tempo", 300.0)
    visit.press("play")
    visit.sent.clear()
    drag(visit, 3.0)
    begin = heap(visit)
    drag(visit, 60 * minutes)
    grown = heap(visit) - begin
    bridge.ask("/mai/set", "tempo", 120.0)
    assert len([text for text in visit.sent if "/mai/morph" in text]) > 30
    assert grown < LARGEST_GROWTH, f"{grown} bytes in {minutes} minutes"


def drag(visit: Visit, seconds: float) -> None:
    """Go round on the pad for so long."""
    box = visit.page.locator("#pad").bounding_box()
    assert box
    mouse = visit.page.mouse
    mouse.move(box["x"] + 5, box["y"] + 5)
    mouse.down()
    end = now() + seconds
    while now() < end:
        step = int(20 * now())
        mouse.move(box["x"] + 20 + 37 * step % 200, box["y"] + 20 + 23 * step % 200)
        visit.page.wait_for_timeout(30)
    mouse.up()
