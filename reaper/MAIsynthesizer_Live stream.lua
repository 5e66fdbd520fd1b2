-- @noindex
-- MAIsynthesizer: the band plays on the bridge's MIDI port, in time with Reaper; press again to stop
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local bridge = require("band.bridge")
local live = require("band.live")
local live_input = require("band.live_input")

local TITLE = "MAIsynthesizer: live stream"
local END_ON_SECOND_PRESS = 1
local _, _, section, command = reaper.get_action_context()

local function show_running(running)
  reaper.SetToggleCommandState(section, command, running and 1 or 0)
  reaper.RefreshToolbar2(section, command)
end

local function connect()
  local device = live_input.device()
  if not device then
    error(
      "Reaper does not see the bridge's MIDI port: enable the input MAIsynthesizer in Preferences > MIDI Devices "
        .. "(in Windows the loopMIDI port that the bridge plays to, named MAIsynthesizer).", 0
    )
  end
  local band = bridge.band()
  action.change("live stream", function()
    live_input.connect(band.tracks, device)
  end)
end

action.run("live stream", function()
  if reaper.set_action_options then -- since Reaper 7.03; before, Reaper asks what a second press means
    reaper.set_action_options(END_ON_SECOND_PRESS)
  end
  connect()
  local session = live.new(function(sentence)
    reaper.ShowConsoleMsg(TITLE .. ": " .. sentence .. "\n")
  end)
  local function round()
    live.round(session)
    reaper.defer(round)
  end
  reaper.atexit(function()
    live.stop(session)
    show_running(false)
  end)
  show_running(true)
  round()
end)
