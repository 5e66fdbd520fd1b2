"""What the bridge is told of the song, and when, in virtual time."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.reaper.scene import needs_lua, play

pytestmark = needs_lua

# A bridge that answers each request after 20 ms of virtual time, and a Reaper that does something at some rounds.
LIVE = """
    stage.machine.midi_inputs = {{ {{ enabled = true, name = 'MAIsynthesizer clock' }},
                                   {{ enabled = true, name = 'MAIsynthesizer' }} }}
    stage.machine.answer = function(command)
      stage.machine.now = stage.machine.now + 0.02
      local address = command:match('/v1([%w/]+)')
      if address == '/mai/hello' then
        return '0\\n/mai/welcome 1 0.1 1 "A band" 4 4 12 Drums Piano Guitar Bass Strings\\nend\\n200'
      end
      local names = address == '/mai/latent/list' and '/mai/latents 1 one two\\n' or ''
      return '0\\n' .. names .. '/mai/done 1\\nend\\n200'
    end
    stage.each_round = function(round) {each_round} end
    stage.run('Live stream', {rounds})
"""


def live(each_round: str = "", rounds: int = 60, before: str = "") -> dict[str, Any]:
    return play(before + LIVE.format(each_round=each_round, rounds=rounds))


def messages(told: dict[str, Any], address: str = "/mai/transport") -> list[list[str]]:
    """The arguments of each request to an address, in order."""
    asked = [command.split("/v1")[1] for command in told["commands"]]
    return [one.partition("?args=")[2].split(",") for one in asked if one.partition("?")[0] == address]


def test_a_song_that_stands_is_told_once_and_again_when_the_cursor_moves() -> None:
    told = live("if round == 30 then stage.cursor(3) end")
    assert [(float(one[0]), one[2]) for one in messages(told)] == [(0.0, "0"), (6.0, "0")]


def test_a_song_that_plays_is_told_once_a_beat_ahead_by_the_time_that_a_message_takes() -> None:
    told = live("if round == 1 then stage.play(4.0) end", rounds=65)  # about 2.3 s: 4.5 beats
    told_beats = [float(one[0]) for one in messages(told)]
    assert 4 <= len(told_beats) <= 6
    assert all(0.9 < later - sooner < 1.2 for sooner, later in pairwise(told_beats[1:]))
    playing = [one for one in messages(told) if one[2] == "1"]
    assert float(playing[0][0]) == pytest.approx(8.04), "the song stands at beat 8, the message takes 20 ms"
    assert all(abs(float(one[1]) - 120.0) < 1e-3 for one in playing)
    assert {tuple(one[3:]) for one in playing} == {("4", "4")}


def test_start_locate_and_stop_are_told_at_once() -> None:
    told = live("""
        if round == 10 then stage.play(0.0) end
        if round == 15 then stage.play(20.0) end
        if round == 20 then stage.play(nil) end
    """)
    told_playing = [(round(float(one[0])), one[2]) for one in messages(told)]
    assert told_playing == [(0, "0"), (0, "1"), (40, "1"), (0, "0")]


def test_another_tempo_and_another_metre_are_told() -> None:
    sections = "{ bars = 1, bpm = 120, numerator = 4, denominator = 4 }, { bpm = 90, numerator = 6, denominator = 8 }"
    told = live("if round == 1 then stage.play(1.8) end", rounds=20, before=f"stage.tempo({{ {sections} }})")
    assert [(round(float(one[1])), *one[3:]) for one in messages(told)][-1] == (90, "6", "8")


def test_the_stream_starts_after_the_transport_and_stops_with_the_action() -> None:
    told = live()
    addresses = [command.split("/v1")[1].partition("?")[0] for command in told["commands"]]
    assert addresses[:4] == ["/mai/hello", "/mai/ping", "/mai/transport", "/mai/stream/start"]
    assert addresses[-1] == "/mai/stream/stop"


def test_each_track_hears_its_channel_of_the_bridges_port() -> None:
    told = live()
    inputs = [track["values"]["I_RECINPUT"] for track in told["project"]["tracks"]]
    assert inputs == [4096 + 1 * 32 + channel for channel in (10, 1, 2, 3, 4)]
    assert all(track["values"]["I_RECMON"] == track["values"]["I_RECARM"] == 1 for track in told["project"]["tracks"])
    assert told["project"]["undo"] == ["MAIsynthesizer: live stream"]


def test_a_port_that_reaper_does_not_see_is_said_before_anything_is_changed() -> None:
    told = play("stage.machine.midi_inputs = { { enabled = false, name = 'MAIsynthesizer' } } stage.run('Live stream')")
    assert told["windows"][0]["text"].startswith("Reaper does not see the bridge's MIDI port: enable the input")
    assert told["commands"] == []
    assert told["project"]["tracks"] == []


def test_the_toolbar_button_is_lit_while_it_runs() -> None:
    told = live(rounds=5, before="") | play(
        LIVE.format(each_round="", rounds=3)
        + "stage.tell('lit', stage.toggle_while_running) stage.tell('after', stage.machine.toggles[50001])"
    )
    assert (told["lit"], told["after"]) == (1, 0)


def test_it_runs_in_a_reaper_that_has_no_action_options() -> None:
    assert messages(live(before="stage.machine.has_options = false "))


def test_a_bridge_that_goes_is_said_once_and_found_again() -> None:
    told = live(
        """
        local answer = stage.machine.answer
        if round == 10 then stage.machine.answer = function() return '7\\n' end stage.cursor(1) stage.old = answer end
        if round == 200 then stage.machine.answer = stage.old end
        """,
        rounds=320,
    )
    assert told["console"].count("The bridge is not running") == 1
    assert len(messages(told, "/mai/stream/start")) == 2
    assert 3 <= len(messages(told, "/mai/ping")) <= 7, "it looks every two seconds"


CONTROLS = """
    stage.project.effects = { ['JS:MAIsynthesizer/controls.jsfx'] =
      { name = 'MAIsynthesizer controls', values = { 25, 50, 0, 0, -1, -1, -1, -1, -1 } } }
    stage.project.ext['MAISYNTHESIZER/MORPH_A'] = 'one'
    stage.project.ext['MAISYNTHESIZER/MORPH_B'] = 'two'
    stage.run('Add controls')
"""


def test_sliders_are_told_at_first_and_when_they_move() -> None:
    told = live("if round == 50 then stage.project.tracks[1].effects[1].values[2] = 70 end", rounds=90, before=CONTROLS)
    assert told["windows"] == []
    sets = [one[1:] for one in messages(told, "/mai/set")]
    assert sets[0] == ["%22threshold%22", "0.5"]
    assert sets[-1] == ["%22threshold%22", "0.7"]
    assert ["%22density%2F4%22", "-1.0"] in sets
    assert messages(told, "/mai/morph") == [], "where the slider stands at first moves nothing"


def test_key_and_scale_are_told_when_they_are_chosen() -> None:
    chosen = """
        local values = stage.project.tracks[1].effects[1].values
        if round == 30 then values[10], values[11], values[12] = 0, 0, 0 end
        if round == 50 then values[11] = 8 end
        if round == 70 then values[12], values[11] = 15, 0 end
    """
    told = live(chosen, rounds=100, before=CONTROLS)
    sets = [one[1:] for one in messages(told, "/mai/set")]
    assert [one for one in sets if "key" in one[0] or "scale" in one[0]] == [
        ["%22key%22", "%22F%23%22"], ["%22scale%22", "%22chromatic%22"],
    ]  # fmt: skip
    assert told["console"] == ""


def test_the_morph_slider_goes_from_a_to_b() -> None:
    told = live("if round == 60 then stage.project.tracks[1].effects[1].values[1] = 75 end", rounds=90, before=CONTROLS)
    assert [one[1:] for one in messages(told, "/mai/morph")] == [["%22one%22", "0.25", "%22two%22", "0.75"]]


def test_a_morph_between_latents_that_are_gone_is_said_and_the_stream_goes_on() -> None:
    gone = CONTROLS.replace("'two'", "'lost'")
    told = live("if round == 60 then stage.project.tracks[1].effects[1].values[1] = 75 end", rounds=90, before=gone)
    assert told["console"].count('There is no latent "lost"') == 1
    assert len(messages(told, "/mai/stream/start")) == 1


def test_a_setting_that_the_bridge_does_not_take_is_said_once_and_the_stream_goes_on() -> None:
    told = live(
        """
        local answer = stage.machine.answer
        if round == 1 then
          stage.machine.answer = function(command)
            if command:find('density%2F4', 1, true) then
              return '0\\n/mai/error 1 /mai/set out_of_range "density/4: the band has 4 tracks"\\nend\\n200'
            end
            return answer(command)
          end
        end
        """,
        rounds=150,
        before=CONTROLS,
    )
    assert told["console"].count("the band has 4 tracks") == 1
    assert len(messages(told, "/mai/stream/start")) == 1


def test_a_track_with_the_controls_may_be_deleted_meanwhile() -> None:
    told = live("if round == 40 then table.remove(stage.project.tracks, 1) end", rounds=90, before=CONTROLS)
    assert told["console"] == ""
    assert len(messages(told, "/mai/stream/start")) == 1


def test_a_project_has_one_set_of_controls() -> None:
    told = play(CONTROLS + "stage.run('Add controls')")
    assert [track["name"] for track in told["project"]["tracks"]] == ["MAIsynthesizer controls"]
    assert told["windows"][-1]["text"].startswith("The project has the controls already")
