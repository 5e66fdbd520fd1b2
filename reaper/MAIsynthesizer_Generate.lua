-- @description MAIsynthesizer: an AI band that answers before the next bar
-- @version 1.0.0
-- @author MAIsynthesizer
-- @changelog First version
-- @about
--   Actions that let the MAIsynthesizer bridge write drums, piano, guitar, bass and strings into a project as MIDI
--   items: generate, reroll a track or a bar, lock tracks, morph between latents, save and recall latents, live
--   stream, panic.
--   Start the bridge first: maisynth serve. Nothing else is needed but curl.
-- @provides
--   [main] .
--   [main] MAIsynthesizer_Reroll track.lua
--   [main] MAIsynthesizer_Reroll bar.lua
--   [main] MAIsynthesizer_Lock tracks.lua
--   [main] MAIsynthesizer_Undo in the band.lua
--   [main] MAIsynthesizer_Redo in the band.lua
--   [main] MAIsynthesizer_Morph.lua
--   [main] MAIsynthesizer_Choose morph latents.lua
--   [main] MAIsynthesizer_Save latent.lua
--   [main] MAIsynthesizer_Recall latent.lua
--   [main] MAIsynthesizer_Live stream.lua
--   [main] MAIsynthesizer_Add controls.lua
--   [main] MAIsynthesizer_Panic.lua
--   [main] MAIsynthesizer_Choose port.lua
--   [nomain] protocol.lua
--   [nomain] band/*.lua
--   [effect] controls.jsfx
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local bar_grid = require("band.bar_grid")
local bridge = require("band.bridge")
local phrase = require("band.phrase")
local placing = require("band.placing")
local style = require("band.style")

action.run("generate", function()
  local range = bar_grid.selected()
  local band = bridge.band()
  style.apply(band)
  local bars = range and #range.bars or band.bars
  local answers = bridge.ask(bridge.REQUESTS.GENERATE, bridge.draw(), bars)
  placing.place("generate", band, phrase.read(answers), range)
end)
