-- The band's tracks as they hear the bridge's MIDI port: armed, monitored, a channel each.
local tracks = require("band.tracks")

local live_input = {}

local MIDI, DEVICE_SHIFT = 4096, 5 -- of I_RECINPUT: 4096 + device * 32 + channel (0: all, else from 1)

-- The number of the bridge's MIDI input in Reaper; nil: Reaper does not see it or has not enabled it.
function live_input.device()
  for number = 0, reaper.GetNumMIDIInputs() - 1 do
    local enabled, name = reaper.GetMIDIInputName(number, "")
    if enabled and name:find("MAIsynthesizer", 1, true) and not name:lower():find("clock", 1, true) then
      return number
    end
  end
  return nil
end

-- Let each track hear its channel.
function live_input.connect(names, device)
  for place, track in ipairs(tracks.ensure(names)) do
    local input = MIDI + (device << DEVICE_SHIFT) + tracks.channel(names, place - 1) + 1
    reaper.SetMediaTrackInfo_Value(track, "I_RECINPUT", input)
    reaper.SetMediaTrackInfo_Value(track, "I_RECMON", 1)
    reaper.SetMediaTrackInfo_Value(track, "I_RECARM", 1)
  end
end

return live_input
