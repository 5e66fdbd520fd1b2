-- @noindex
-- MAIsynthesizer: choose the two latents of a morph
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local morph = require("band.morph")

action.run("choose morph latents", function()
  morph.choose_corners()
end)
