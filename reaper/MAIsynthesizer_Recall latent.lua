-- @noindex
-- MAIsynthesizer: a saved latent, into the time selection or at the edit cursor
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local bar_grid = require("band.bar_grid")
local bridge = require("band.bridge")
local latents = require("band.latents")
local menu = require("band.menu")
local phrase = require("band.phrase")
local placing = require("band.placing")
local style = require("band.style")

action.run("recall latent", function()
  local names = latents.names()
  if #names == 0 then
    error("No latent has been saved yet: save one first.", 0)
  end
  local name = menu.choose("Recall", names)
  if name then
    local range = bar_grid.selected()
    latents.bring(name)
    local band = bridge.band()
    style.apply(band)
    placing.place("recall latent", band, phrase.read(bridge.ask(bridge.REQUESTS.LATENT_RECALL, name)), range)
  end
end)
