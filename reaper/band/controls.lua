-- The sliders of the JSFX "MAIsynthesizer controls", which Reaper saves and automates, as the bridge's settings.
local controls = {}

local PROJECT = 0
controls.EFFECT = "MAIsynthesizer controls"
controls.FILE = "JS:MAIsynthesizer/controls.jsfx"

-- In the order of the effect's sliders: what each sets, and how its value is meant.
local function share(value)
  return value / 100
end

local function same(value)
  return value
end

controls.SLIDERS = {
  { name = "morph", read = share }, -- from latent A to B; no setting
  { name = "threshold", read = share },
  { name = "swing", read = share },
  { name = "humanize", read = share },
  { name = "density/0", read = same },
  { name = "density/1", read = same },
  { name = "density/2", read = same },
  { name = "density/3", read = same },
  { name = "density/4", read = same },
  { name = "min_note", read = same }, -- last: a project keeps the sliders by their numbers
}

-- The first track with the effect and its place there; nil: no track has it.
function controls.find()
  for number = 0, reaper.CountTracks(PROJECT) - 1 do
    local track = reaper.GetTrack(PROJECT, number)
    for place = 0, reaper.TrackFX_GetCount(track) - 1 do
      local _, name = reaper.TrackFX_GetFXName(track, place, "")
      if name:find(controls.EFFECT, 1, true) then
        return track, place
      end
    end
  end
  return nil
end

-- The values by name, as the bridge takes them.
function controls.read(track, place)
  local values = {}
  for number, slider in ipairs(controls.SLIDERS) do
    values[slider.name] = slider.read((reaper.TrackFX_GetParam(track, place, number - 1)))
  end
  return values
end

-- The first slider in order that stands elsewhere than what the bridge was told: its name and value.
function controls.next_change(told, values)
  for _, slider in ipairs(controls.SLIDERS) do
    local old, new = told[slider.name], values[slider.name]
    if new and (not old or math.abs(old - new) > 1e-6) then
      return slider.name, new
    end
  end
  return nil
end

return controls
