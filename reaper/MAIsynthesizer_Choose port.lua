-- @noindex
-- MAIsynthesizer: the TCP port of a bridge that was started with --http-port
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
package.path = folder .. "?.lua;" .. package.path
local action = require("band.action")
local bridge = require("band.bridge")

action.run("choose port", function()
  local given, text = reaper.GetUserInputs(
    "MAIsynthesizer: choose port", 1, "HTTP port of the bridge,extrawidth=60", ("%d"):format(bridge.port())
  )
  if not given then
    return
  end
  local port = math.tointeger(tonumber(text))
  if not port or port < 1 or port > 65535 then
    error(("The port is %q, expected a whole number from 1 to 65535."):format(text), 0)
  end
  bridge.choose_port(port)
end)
