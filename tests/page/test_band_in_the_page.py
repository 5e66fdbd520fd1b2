"""A musician at the page, in a browser, with a bridge: what is pressed is played, shown, and shown to everyone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.page.chromium import Visit, needs_chromium
from tests.page.conftest import Visits
from tests.page.served import ServedBridge, bridge_with_page, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = needs_chromium

BACK_SECONDS = 6.0
LOOKS = 8
LOOP_MS = 3400.0  # sixteen beats of 0.2 s, and a little
MENU = "document.querySelector('#model')"
FAR_BEATS = 0.6


@pytest.fixture(scope="module")
def other(one_bridge: ServedBridge, browser: Browser) -> Iterator[Visit]:
    """Another page at the same bridge, in another browser profile."""
    context = browser.new_context()
    yield Visit(context, one_bridge.url)
    context.close()


def sent_to(visit: Visit, address: str) -> list[list[object]]:
    return [message for message in map(json.loads, visit.sent) if message[0] == address]


def beats_off(visit: Visit) -> float:
    """By how many beats the playhead moved more than a song at 240 beats a minute does, in sixty frames of the page."""
    seen = visit.page.evaluate(
        """new Promise(done => { const seen = []; const look = () => {
            const share = document.querySelector('#playhead').style.getPropertyValue('--share');
            seen.push([performance.now(), Number(share)]);
            if (seen.length < 60) requestAnimationFrame(look); else done(seen); }; look(); })"""
    )
    (began, first), (ended, last) = seen[0], seen[-1]
    return float((16 * (last - first) - (ended - began) / 1000 * 4 + 8) % 16 - 8)


def rolls_of_the_loop(visit: Visit) -> list[str]:
    """What a phrase at 300 beats a minute looks like once its bars follow each other: notes are tied over bar lines."""
    seen: list[list[str]] = []

    def same_as_a_loop_ago() -> bool:
        seen.append(visit.rolls())
        visit.page.wait_for_timeout(LOOP_MS)
        return visit.rolls() == seen[-1]

    visit.until(same_as_a_loop_ago, 30.0)
    return seen[-1]


def test_two_pages_at_once_agree(bridge: ServedBridge, visit: Visit, other: Visit) -> None:
    one = visit
    one.generate()
    assert sum(one.note_counts()) > 10
    assert one.rolls() == other.rolls()

    other.page.click("[aria-label^='Lock Bass']")
    one.wait("document.querySelector('[aria-label^=\"Lock Bass\"]').ariaPressed === 'true'")
    bass = one.rolls()[3]
    one.page.fill("#morph_glide", "2")
    other.wait("document.querySelector('#morph_glide-value').textContent === '2 bars'")
    one.page.locator("[aria-label='Density of Piano']").fill("0.25")
    other.wait("[...document.querySelectorAll('.own')][1].textContent === '25 %'")
    one.page.click("[aria-label^='Mute Guitar']")
    other.wait("document.querySelector('[aria-label^=\"Mute Guitar\"]').ariaPressed === 'true'")
    other.page.click("[aria-label^='Mute Guitar']")
    one.wait("document.querySelector('[aria-label^=\"Mute Guitar\"]').ariaPressed === 'false'")
    one.save("Verse")
    other.wait("document.querySelector('#latents .name')?.textContent === 'Verse'")

    other.generate()
    one.wait("document.querySelectorAll('#undo:disabled').length === 0")
    assert one.rolls() == other.rolls()
    assert one.rolls()[3] == bass  # it was locked
    before = other.rolls()
    one.press("undo")
    one.wait_for_message("One step back")
    assert one.rolls() != before
    assert one.rolls() == other.rolls()
    bridge.ask("/mai/set", "density/1", -1.0)


def test_dragging_the_pad_changes_notes_and_ends_where_the_hand_does(visit: Visit) -> None:
    for name in ("Verse", "Chorus"):
        visit.generate()
        visit.save(name)
    chorus = visit.rolls()
    visit.wait("document.querySelectorAll('.point').length === 2")
    verse, end = (visit.page.locator(f".point[title={name}]").bounding_box() for name in ("Verse", "Chorus"))
    assert verse
    assert end
    mouse = visit.page.mouse
    mouse.move(verse["x"] + 60, verse["y"] + 100)
    mouse.down()
    seen = set()
    for step in range(12):
        share = step / 11
        mouse.move(verse["x"] + 12 + share * (end["x"] - verse["x"]), verse["y"] + 12 + share * (end["y"] - verse["y"]))
        visit.page.wait_for_timeout(30)
        seen.add(str(visit.rolls()))
    mouse.up()
    visit.wait("document.querySelector('#pad-shares').textContent === '100 % Chorus'")
    visit.page.wait_for_timeout(300)
    assert len(seen) > 3
    assert visit.rolls() == chorus
    assert sent_to(visit, "/mai/morph")[-1][2:] == ["Chorus", 1]
    assert visit.message != "a newer morph has overtaken this one"


def test_a_latent_is_recalled_dragged_renamed_and_deleted(visit: Visit) -> None:
    visit.generate()
    visit.save("Verse")
    verse = visit.rolls()
    visit.generate()
    visit.save("Break")
    point = visit.page.locator(".point[title=Verse]")
    point.click()
    visit.wait_for_message("Verse plays")
    assert visit.rolls() == verse
    box = point.bounding_box()
    assert box
    sent = len(visit.sent)
    visit.page.mouse.move(box["x"] + 12, box["y"] + 12)
    visit.page.mouse.down()
    visit.page.mouse.move(box["x"] + 60, box["y"] + 40, steps=4)
    visit.page.mouse.up()
    moved = point.bounding_box()
    assert moved
    assert abs(moved["x"] - box["x"] - 48) < 3
    assert not [text for text in visit.sent[sent:] if "/mai/latent/recall" in text or "/mai/morph" in text]

    visit.page.click("[aria-label='Rename Verse']")
    visit.page.keyboard.type("Intro")
    visit.page.keyboard.press("Enter")
    visit.wait("document.querySelector('.point[title=Intro]') && !document.querySelector('.point[title=Verse]')")
    kept = visit.page.locator(".point[title=Intro]").bounding_box()
    assert kept
    assert abs(kept["x"] - moved["x"]) < 1
    visit.page.click("[aria-label='Delete Break']")
    assert visit.page.locator("#latents li").count() == 2  # once is not enough
    visit.page.click("[aria-label='Press again to delete Break']")
    visit.wait("document.querySelectorAll('#latents li').length === 1")


def test_a_click_on_a_bar_makes_that_bar_anew_and_no_other(visit: Visit) -> None:
    visit.generate()
    before = visit.rolls()
    visit.page.click("[aria-label='Reroll Piano, bar 2']")
    visit.wait_for_message("Piano, bar 2, plays something new")
    after = visit.rolls()
    assert [was != now for was, now in zip(before, after, strict=True)] == [False, True, False, False, False]
    assert sent_to(visit, "/mai/regenerate")[-1][2:] == [1, 1]


def test_everything_can_be_done_from_the_keyboard(visit: Visit) -> None:
    keys = visit.page.keyboard
    keys.press("g")
    visit.wait_for_message("A new phrase for the whole band")
    keys.press("Shift+Digit2")
    visit.wait("document.querySelector('[aria-label^=\"Lock Piano\"]').ariaPressed === 'true'")
    keys.press("1")
    visit.wait_for_message("Drums plays something new")
    keys.press("z")
    visit.wait_for_message("One step back")
    keys.press("s")
    keys.type("god")  # written, not obeyed
    keys.press("Enter")
    visit.wait_for_message("Saved as god")
    visit.page.evaluate("document.activeElement.blur()")
    keys.press("m")
    keys.press("ArrowRight")
    visit.wait("document.querySelector('#pad-shares').textContent === '100 % god'")
    keys.press("p")
    visit.wait("document.querySelector('#play-word').textContent === 'Stop'")
    keys.press("p")
    visit.wait("document.querySelector('#play-word').textContent === 'Play'")
    visit.page.focus("[aria-label='Reroll Drums, bar 1']")
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    focused = visit.page.evaluate("document.activeElement.ariaLabel")
    assert focused == "Reroll Piano, bar 2"
    keys.press("Enter")
    visit.wait("document.querySelector('#message').dataset.kind === 'error'")
    assert "locked" in visit.message


def test_a_stream_moves_the_playhead_in_time_and_a_stop_ends_it_for_everyone(
    bridge: ServedBridge, visit: Visit, other: Visit
) -> None:
    one = visit
    bridge.ask("/mai/set", "tempo", 240.0)
    bridge.ask("/mai/set", "lookahead", 8.0)  # no stall of this computer makes a bar late
    one.generate()
    one.press("play")
    one.wait("!document.querySelector('#playhead').hidden")
    # A busy computer answers late, and the page then moves its playhead to where the song is: not in each look.
    looks: list[float] = []
    while len(looks) < LOOKS and (not looks or abs(looks[-1]) > FAR_BEATS):
        looks.append(beats_off(one))
    assert abs(looks[-1]) <= FAR_BEATS, looks
    other.wait("document.querySelector('#play-word').textContent === 'Stop'")
    assert re.fullmatch(r"\d+\.[1-4]", one.page.inner_text("#position"))
    other.press("play")
    one.wait(
        "document.querySelector('#playhead').hidden && document.querySelector('#play-word').textContent === 'Play'"
    )
    bridge.ask("/mai/set", "tempo", 120.0)
    bridge.ask("/mai/set", "lookahead", 1.0)


def test_the_phrase_is_heard_by_one_model_and_the_other(bridge: ServedBridge, visit: Visit) -> None:
    def plays(name: str, title: str) -> None:
        visit.wait(
            f"{MENU}.value === '{name}' && document.querySelector('#ab').title === 'Hear this phrase by {title}'"
        )

    bridge.ask("/mai/set", "tempo", 300.0)
    visit.wait(f"{MENU}.value === 'tiny' && {MENU}.options.length > 2")
    visit.generate()
    visit.page.select_option("#model", "other")
    visit.wait("document.querySelector('#message').textContent.startsWith(`'tiny 1' takes over`)")
    visit.wait(f"!{MENU}.disabled")
    visit.page.evaluate("document.activeElement.blur()")
    plays("other", "tiny")
    visit.press("ab")  # the band stood: it plays, so that the other is heard
    visit.wait("document.querySelector('#play-word').textContent === 'Stop'")
    plays("tiny", "other")
    assert sent_to(visit, "/mai/model/load")[-1][2:] == ["tiny"]
    by_tiny = rolls_of_the_loop(visit)
    visit.press("ab")
    plays("other", "tiny")
    visit.until(lambda: visit.rolls() != by_tiny)
    visit.press("ab")
    plays("tiny", "other")
    visit.until(lambda: visit.rolls() == by_tiny)
    visit.press("play")
    bridge.ask("/mai/set", "tempo", 120.0)


def test_a_bridge_that_is_killed_is_told_of_and_found_again(tiny_model: Path, tmp_path: Path, visits: Visits) -> None:
    port = free_port()
    with bridge_with_page(tiny_model, tmp_path, port) as bridge:
        visit = visits(bridge.url)
        visit.generate()
        before = visit.rolls()
        bridge.process.kill()
        visit.wait("document.body.dataset.connection === 'no bridge'")
        assert "maisynth serve" in visit.page.inner_text("#connection")
        visit.press("generate")
        visit.wait("document.querySelector('#message').dataset.kind === 'error'")
    with bridge_with_page(tiny_model, tmp_path, port):
        visit.wait("document.body.dataset.connection === 'connected'", BACK_SECONDS)
        assert visit.rolls() == before
        visit.generate()
    visit.problems[:] = [one for one in visit.problems if "WebSocket" not in one]  # the browser's own note of the loss


def test_a_page_that_is_opened_later_shows_what_plays(bridge: ServedBridge, visit: Visit) -> None:
    one = visit
    one.page.evaluate("localStorage.clear()")
    one.generate()
    one.wait("localStorage.getItem('maisynth.phrase') !== null")
    one.page.wait_for_timeout(600)
    later = Visit(one.page.context, bridge.url)
    later.wait("document.querySelector('#phrase-empty').hidden")
    assert later.rolls() == one.rolls()
    assert later.problems == []
    later.page.close()
