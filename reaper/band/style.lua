-- How the band plays, as the project's controls say: told before a phrase is asked for.
local bridge = require("band.bridge")
local controls = require("band.controls")

local style = {}

local NO_DENSITY = -1 -- the threshold decides
local SAME = 1e-3 -- the status tells densities with three digits

-- What the bridge has, by the names of the controls' settings.
local function present()
  local status = bridge.status()
  local values = status.settings
  for place, density in ipairs(status.densities) do
    values["density/" .. place - 1] = density
  end
  return values
end

-- Let the bridge have what the sliders say, as far as it has something else. Without controls it is left as it is.
function style.apply(band)
  local track, place = controls.find()
  if not track then
    return
  end
  local has, wanted = present(), controls.read(track, place)
  for _, slider in ipairs(controls.SLIDERS) do
    local name, value = slider.name, wanted[slider.name]
    local of_track = tonumber(name:match("^density/(%d+)$"))
    local is_ours = name ~= "morph" and value and (not of_track or of_track < #band.tracks)
    if is_ours and controls.differ(has[name] or NO_DENSITY, value, SAME) then
      bridge.ask(bridge.REQUESTS.SET, name, controls.argument(value))
    end
  end
end

return style
