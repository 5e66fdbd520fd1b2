-- The sliders of the JSFX "MAIsynthesizer controls", which Reaper saves and automates, as the bridge's settings.
local controls = {}

local PROJECT = 0
controls.EFFECT = "MAIsynthesizer controls"
controls.FILE = "JS:MAIsynthesizer/controls.jsfx"

local KEYS = { "off", "C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B" }
local SCALES = {
  "off", "major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian", "harmonic_minor", "melodic_minor",
  "major_pentatonic", "minor_pentatonic", "blues", "whole_tone", "chromatic",
}

local function share(value)
  return value / 100
end

local function same(value)
  return value
end

-- Of a menu, whose first item leaves the bridge as it is: then nil.
local function one_of(words)
  return function(value)
    return value and words[math.floor(value + 0.5)]
  end
end

-- In the order of the effect's sliders, by whose numbers a project keeps them: what each sets, and how its value is
-- meant. A new one comes last.
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
  { name = "min_note", read = same },
  { name = "key", read = one_of(KEYS) },
  { name = "scale", read = one_of(SCALES) },
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

-- The values by name, as the bridge takes them; those that leave the bridge as it is are not there.
function controls.read(track, place)
  local values = {}
  for number, slider in ipairs(controls.SLIDERS) do
    values[slider.name] = slider.read((reaper.TrackFX_GetParam(track, place, number - 1)))
  end
  return values
end

-- Whether two values are not the same; numbers, if they lie further apart than `least`.
function controls.differ(one, other, least)
  if type(one) == "number" and type(other) == "number" then
    return math.abs(one - other) > least
  end
  return one ~= other
end

-- A value as an argument of a request: numbers go as floats.
function controls.argument(value)
  return type(value) == "number" and value + 0.0 or value
end

-- The first slider in order that stands elsewhere than what the bridge was told: its name and value.
function controls.next_change(told, values)
  for _, slider in ipairs(controls.SLIDERS) do
    local old, new = told[slider.name], values[slider.name]
    if new and controls.differ(old, new, 1e-6) then
      return slider.name, new
    end
  end
  return nil
end

return controls
