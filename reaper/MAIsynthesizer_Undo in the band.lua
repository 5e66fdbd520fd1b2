-- @noindex
-- MAIsynthesizer: the band goes back to what it played before; the project stays as it is
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local bridge = require("band.bridge")
local hint = require("band.hint")

action.run("undo in the band", function()
  bridge.ask(bridge.REQUESTS.HISTORY_UNDO)
  hint.show("The band is back at what it played before")
end)
