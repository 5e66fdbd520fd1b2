-- How a model's bar sounds in a bar of another length: the same rule as the bridge's own for a stream.
local bar_fit = {}

local SHORTEST = 1e-6 -- beats; what is left of a note by rounding is no note

-- The notes of a model's bar of `model_beats` in a bar of `bar_beats`, both in quarter notes. A shorter bar cuts (3/4
-- plays the first three of four beats), a longer one begins the model's bar again (5/4 plays four beats and the first).
function bar_fit.fit(notes, model_beats, bar_beats)
  local fitted = {}
  for again = 0, math.ceil(bar_beats / model_beats - SHORTEST) - 1 do
    for _, note in ipairs(notes) do
      local start = note.start + again * model_beats
      if start < bar_beats - SHORTEST then
        fitted[#fitted + 1] = {
          pitch = note.pitch, velocity = note.velocity, start = start,
          duration = math.min(note.duration, bar_beats - start),
        }
      end
    end
  end
  return fitted
end

return bar_fit
