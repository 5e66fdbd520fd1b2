-- @noindex
-- MAIsynthesizer: save the selected item's phrase, in the bridge's library and in the project
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local items = require("band.items")
local latents = require("band.latents")
local project_state = require("band.project_state")

local YES_NO, YES = 4, 6

local function may_use(name)
  for _, known in ipairs(latents.names()) do
    if known == name then
      local question = ("There is a latent %s already. Overwrite it?"):format(name)
      return reaper.ShowMessageBox(question, "MAIsynthesizer: save latent", YES_NO) == YES
    end
  end
  return true
end

action.run("save latent", function()
  local given, name = reaper.GetUserInputs("MAIsynthesizer: save latent", 1, "Name,extrawidth=200", "")
  if not given or not may_use(name) then
    return
  end
  local item = items.meant()
  if item then -- otherwise what plays in the bridge
    latents.hold_phrase(items.mark(item).phrase)
  end
  local text = latents.take(name)
  action.change("save latent", function()
    project_state.save("latent", name, text)
  end)
end)
