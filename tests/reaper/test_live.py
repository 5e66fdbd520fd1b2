"""The live stream against a real bridge, in real time: the band's beat is Reaper's."""

from __future__ import annotations

import json
import time

from tests.reaper.conftest import HttpBridge
from tests.reaper.scene import needs_lua

pytestmark = needs_lua

ROUNDS = 90  # about three seconds
# Of a beat that a busy machine has delayed: what a musician would call beside the beat is more.
CLOSE_SECONDS = 0.06


def test_the_bands_song_is_where_reapers_is(bridge: HttpBridge) -> None:
    bridge.ask("/mai/generate", 42)
    told = bridge.play(f"""
        stage.machine.clock = 'real'
        stage.machine.midi_inputs = {{ {{ enabled = true, name = 'MAIsynthesizer' }} }}
        stage.tempo({{ {{ bpm = 133.7, numerator = 3, denominator = 4 }} }})
        stage.each_round = function(round)
          if round == 10 then stage.play(4.0) end
          if round == {ROUNDS} then
            stage.tell('position', {{ 4.0 + stage.time() - stage.machine.play.at, stage.time() }})
          end
        end
        stage.run('Live stream', {ROUNDS})
    """)
    before = time.time()
    status = json.loads(bridge.ask("/mai/status")[0].arguments[1])
    asked_at = (before + time.time()) / 2
    position, at = told["position"]
    assert told["console"] == ""
    assert status["clock"]["playing"] == 1
    assert abs(status["clock"]["bpm"] - 133.7) < 0.01
    assert status["clock"]["metre"] == "3/4"
    expected = (position + asked_at - at) * 133.7 / 60
    assert abs(status["beat"] - expected) * 60 / 133.7 < CLOSE_SECONDS
    assert status["stream"] is None, "the action has ended, and its stream with it"
