-- @noindex
-- MAIsynthesizer: new notes for the bar at the edit cursor, on every track of the phrase there
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local bar_grid = require("band.bar_grid")
local bridge = require("band.bridge")
local items = require("band.items")
local phrase = require("band.phrase")
local placing = require("band.placing")
local style = require("band.style")

action.run("reroll bar", function()
  local item = placing.item_in_hand()
  local number = bar_grid.number(items.range(item), bar_grid.cursor())
  if not number then
    error("Put the edit cursor into the bar that you want anew.", 0)
  end
  local bar = number % items.mark(item).bars -- the phrase may be repeated
  local band = bridge.band()
  style.apply(band)
  local answers = bridge.ask(bridge.REQUESTS.REGENERATE, -1, bar, bridge.draw())
  placing.replace("reroll bar", band, phrase.read(answers), items.siblings(item))
end)
