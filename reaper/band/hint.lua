-- A sentence at the mouse that goes by itself: what was done, where nothing of it is seen in the project.
local hint = {}

local SECONDS = 3

local function put(text)
  local x, y = reaper.GetMousePosition()
  reaper.TrackCtl_SetToolTip(text, x + 16, y + 16, true)
end

function hint.show(text)
  put(text)
  local ends = reaper.time_precise() + SECONDS
  local function wait()
    if reaper.time_precise() >= ends then
      put("")
    else
      reaper.defer(wait)
    end
  end
  wait()
end

return hint
