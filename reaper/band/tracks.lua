-- The band's tracks in the project: found by name, made where they are missing.
local tracks = {}

local PROJECT = 0
local DRUM_CHANNEL = 9 -- channel 10, counted from 0

-- The MIDI channel of a band's track, from 0: drums on 10, the others from 1 on, as the bridge's models have them.
function tracks.channel(names, track)
  if names[track + 1]:lower():find("drum") then
    return DRUM_CHANNEL
  end
  local channel = 0
  for before = 1, track do
    if not names[before]:lower():find("drum") then
      channel = channel + 1
    end
  end
  return channel < DRUM_CHANNEL and channel or math.min(channel + 1, 15)
end

function tracks.name(track)
  local _, name = reaper.GetSetMediaTrackInfo_String(track, "P_NAME", "", false)
  return name
end

-- The first track of this name, in any case of letters; nil: there is none.
function tracks.find(name)
  for number = 0, reaper.CountTracks(PROJECT) - 1 do
    local track = reaper.GetTrack(PROJECT, number)
    if tracks.name(track):lower() == name:lower() then
      return track
    end
  end
  return nil
end

-- One track a name, in order; those that are missing are added at the end.
function tracks.ensure(names)
  local found = {}
  for place, name in ipairs(names) do
    local track = tracks.find(name)
    if not track then
      local last = reaper.CountTracks(PROJECT)
      reaper.InsertTrackAtIndex(last, true)
      track = reaper.GetTrack(PROJECT, last)
      reaper.GetSetMediaTrackInfo_String(track, "P_NAME", name, true)
    end
    found[place] = track
  end
  reaper.TrackList_AdjustWindows(false)
  return found
end

return tracks
