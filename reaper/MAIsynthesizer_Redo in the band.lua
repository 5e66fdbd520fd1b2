-- @noindex
-- MAIsynthesizer: the band goes forward again to what was undone; the project stays as it is
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local bridge = require("band.bridge")
local hint = require("band.hint")

action.run("redo in the band", function()
  bridge.ask(bridge.REQUESTS.HISTORY_REDO)
  hint.show("The band plays again what was undone")
end)
