from __future__ import annotations

from rich.console import Console

from bridge.screen.status_line import draw, status_line
from tests.bridge.engine.stage import LIVE, STRANGER, Stage


def shown(stage: Stage, width: int = 160) -> str:
    """As a live display renders it."""
    lines = Console(width=width).render_lines(draw(status_line(stage.engine, stage.now)), pad=False)
    return "\n".join("".join(segment.text for segment in line) for line in lines)


def test_it_says_where_the_song_is_and_what_plays(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    stage.wait(3.2)  # beat 6.4 at 120
    assert shown(stage).strip() == "▶ 2.3  internal 120.0 bpm 4/4  0 late, 0 dropped  1 client  A band on a pattern"


def test_it_follows_the_host_and_shows_the_stream(stage: Stage) -> None:
    stage.say(LIVE, "/mai/transport", 9.0, 90.0, 0, 3, 4)
    stage.say(STRANGER, "/mai/stream/start", 1)
    assert shown(stage).startswith("■ 4.1  transport 90.0 bpm 3/4  streaming")


def test_what_a_musician_should_know_is_there_and_the_line_stays_one(stage: Stage) -> None:
    stage.engine.say("'verse' was saved with another model: its recorded notes play")
    assert "'verse' was saved" in shown(stage)
    assert len(shown(stage, width=40).splitlines()) == 1
