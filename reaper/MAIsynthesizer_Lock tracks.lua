-- @noindex
-- MAIsynthesizer: the band's parts on the selected tracks stay as they are; again: they are free
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local bridge = require("band.bridge")
local hint = require("band.hint")
local locks = require("band.locks")

action.run("lock tracks", function()
  local names = bridge.band().tracks
  local chosen = locks.selected(names)
  if #chosen == 0 then
    error(("Select one or more of the band's tracks: %s."):format(table.concat(names, ", ")), 0)
  end
  local are_locked, any_is = locks.toggle(chosen)
  local _, _, section, command = reaper.get_action_context()
  reaper.SetToggleCommandState(section, command, any_is and 1 or 0) -- the button is lit while any track is locked
  reaper.RefreshToolbar2(section, command)
  local told = {}
  for place, track in ipairs(chosen) do
    told[place] = names[track + 1]
  end
  hint.show((are_locked and "Locked: " or "Free again: ") .. table.concat(told, ", "))
end)
