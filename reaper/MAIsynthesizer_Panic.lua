-- @noindex
-- MAIsynthesizer: every sounding note ends, and the stream stops
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local bridge = require("band.bridge")

action.run("panic", function()
  bridge.ask(bridge.REQUESTS.PANIC)
end)
