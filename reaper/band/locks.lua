-- Locks: a track of the band that stays as it is, whatever is generated, recalled or morphed.
local bridge = require("band.bridge")
local tracks = require("band.tracks")

local locks = {}

-- The band's tracks, from 0, whose tracks in the project are selected. `names` are the band's.
function locks.selected(names)
  local chosen = {}
  for place, name in ipairs(names) do
    local track = tracks.find(name)
    if track and reaper.IsTrackSelected(track) then
      chosen[#chosen + 1] = place - 1
    end
  end
  return chosen
end

local function locked()
  local set = {}
  for _, track in ipairs(bridge.status().locked) do
    set[track] = true
  end
  return set
end

-- Lock these tracks; where all of them are locked, unlock them. Returns whether they are locked now, and whether any is.
function locks.toggle(chosen)
  local before = locked()
  local on = 0
  for _, track in ipairs(chosen) do
    on = before[track] and on or 1
  end
  for _, track in ipairs(chosen) do
    bridge.ask(bridge.REQUESTS.LOCK, track, on)
    before[track] = on == 1 or nil
  end
  return on == 1, next(before) ~= nil
end

-- Do something for which no track is locked; afterwards they are as before, also where an error ends it.
function locks.lifted(work)
  local before = locked()
  for track in pairs(before) do
    bridge.ask(bridge.REQUESTS.LOCK, track, 0)
  end
  local done, problem = pcall(work)
  for track in pairs(before) do
    bridge.ask(bridge.REQUESTS.LOCK, track, 1)
  end
  if not done then
    error(problem, 0)
  end
end

return locks
