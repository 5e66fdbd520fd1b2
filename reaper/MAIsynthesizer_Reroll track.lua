-- @noindex
-- MAIsynthesizer: new notes for the track of the selected item; all else stays note for note the same
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local bridge = require("band.bridge")
local items = require("band.items")
local phrase = require("band.phrase")
local placing = require("band.placing")
local style = require("band.style")

action.run("reroll track", function()
  local item = placing.item_in_hand()
  local band = bridge.band()
  style.apply(band)
  local answers = bridge.ask(bridge.REQUESTS.REGENERATE, items.mark(item).track, -1, bridge.draw())
  placing.replace("reroll track", band, phrase.read(answers), items.siblings(item))
end)
