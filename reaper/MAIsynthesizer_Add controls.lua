-- @noindex
-- MAIsynthesizer: a track with the controls that can be automated
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local controls = require("band.controls")
local tracks = require("band.tracks")

local ADD_ALWAYS = -1

action.run("add controls", function()
  if controls.find() then
    error("The project has the controls already: look for the effect " .. controls.EFFECT .. ".", 0)
  end
  action.change("add controls", function()
    local track = tracks.ensure({ controls.EFFECT })[1]
    if reaper.TrackFX_AddByName(track, controls.FILE, false, ADD_ALWAYS) < 0
      and reaper.TrackFX_AddByName(track, controls.EFFECT, false, ADD_ALWAYS) < 0 then
      reaper.DeleteTrack(track)
      error("Reaper does not find the effect " .. controls.EFFECT .. ": run maisynth install reaper again.", 0)
    end
  end)
end)
