-- A phrase as the bridge's answer brings it: for every bar and track that changed, its notes.
local phrase = {}

local HEAD = 6 -- id, bar, track, part, parts, start_beat; then four numbers a note

-- { id, count = how many bars there are, bars = { [bar] = { [track] = notes } } }; bars and tracks from 0. A note is
-- { pitch, velocity, start, duration }, in beats from the bar's start. Raises a sentence for an answer with no done.
function phrase.read(answers)
  local bars, count = {}, 0
  for _, message in ipairs(answers) do
    if message.address == "/mai/bar" then
      local bar, track = message[2], message[3]
      bars[bar] = bars[bar] or {}
      local notes = bars[bar][track] or {}
      bars[bar][track] = notes
      count = math.max(count, bar + 1)
      for place = HEAD + 1, #message - 3, 4 do
        notes[#notes + 1] = {
          pitch = message[place], velocity = message[place + 1], start = message[place + 2],
          duration = message[place + 3],
        }
      end
    end
  end
  local done = answers[#answers]
  if not done or done.address ~= "/mai/done" then
    error("The bridge's answer broke off: try again.", 0)
  end
  return { id = done[2], bars = bars, count = count }
end

return phrase
