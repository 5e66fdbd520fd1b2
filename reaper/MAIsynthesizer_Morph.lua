-- @noindex
-- MAIsynthesizer: a phrase between two latents, into the time selection or at the edit cursor
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local morph = require("band.morph")

action.run("morph", function()
  morph.place()
end)
