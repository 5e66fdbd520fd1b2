-- Latents between the bridge's library and the project, so that a project plays the same on another machine.
--
-- In the project a latent is a text: the hash of its model, then its numbers.
local bridge = require("band.bridge")
local locks = require("band.locks")
local project_state = require("band.project_state")

local latents = {}

-- Where the phrase in hand passes through the bridge's library.
local IN_HAND = "Reaper, the phrase in hand"
local VALUES_A_REQUEST = 120 -- so that a request line stays below 4 kB
local MOST_PHRASES = 200 -- that a project carries

local function values_text(name)
  local words = {}
  for _, message in ipairs(bridge.ask(bridge.REQUESTS.LATENT_GET, name)) do
    words[1] = message[3]
    for place = 6, #message do
      words[#words + 1] = ("%.9g"):format(message[place])
    end
  end
  return table.concat(words, " ")
end

local function put(name, text)
  local hash, values = text:match("^%S+"), {}
  for word in text:sub(#hash + 1):gmatch("%S+") do
    values[#values + 1] = tonumber(word) + 0.0
  end
  local id, parts = bridge.draw(), math.max(1, math.ceil(#values / VALUES_A_REQUEST))
  for part = 0, parts - 1 do
    local from = part * VALUES_A_REQUEST
    local some = table.move(values, from + 1, math.min(from + VALUES_A_REQUEST, #values), 5, { name, hash, part, parts })
    bridge.ask_as(id, bridge.REQUESTS.LATENT_PUT, some)
  end
end

-- The names in the bridge's library, the phrase in hand left out.
function latents.in_library()
  local names = {}
  for _, message in ipairs(bridge.ask(bridge.REQUESTS.LATENT_LIST)) do
    if message.address == "/mai/latents" then
      for place = 2, #message do
        if message[place] ~= IN_HAND then
          names[#names + 1] = tostring(message[place])
        end
      end
    end
  end
  return names
end

-- All names that can be recalled: of the project, then of the library.
function latents.names()
  local names, known = project_state.names("latent"), {}
  for _, name in ipairs(names) do
    known[name] = true
  end
  for _, name in ipairs(latents.in_library()) do
    if not known[name] then
      names[#names + 1] = name
    end
  end
  return names
end

-- What plays in the bridge goes into its library and into the text that the project keeps.
function latents.take(name)
  bridge.ask(bridge.REQUESTS.LATENT_SAVE, name)
  return values_text(name)
end

-- A latent of the project goes into the library where that has no such name: the library's own is not overwritten.
function latents.bring(name)
  for _, known in ipairs(latents.in_library()) do
    if known == name then
      return
    end
  end
  local text = project_state.load("latent", name)
  if not text then
    error(("There is no latent %q, in the bridge or in the project: save one first."):format(name), 0)
  end
  put(name, text)
end

-- The text of the phrase that plays in the bridge.
function latents.take_phrase()
  return latents.take(IN_HAND)
end

-- Let the bridge hold this phrase of the project, unless it does so already.
function latents.hold_phrase(id)
  local piece = bridge.status().piece
  if piece and piece.id == id then
    return
  end
  local text = project_state.load("phrase", id)
  if not text then
    error("The project does not carry this phrase any more: generate a new one.", 0)
  end
  put(IN_HAND, text)
  locks.lifted(function() -- a recall leaves locked tracks as they are, and this is to be the whole phrase
    bridge.ask(bridge.REQUESTS.LATENT_RECALL, IN_HAND)
  end)
end

-- Keep a phrase in the project; the oldest go when there are very many.
function latents.keep_phrase(id, text)
  project_state.save("phrase", id, text)
  local ids = {}
  for word in project_state.get("phrases"):gmatch("%S+") do
    if word ~= id then
      ids[#ids + 1] = word
    end
  end
  ids[#ids + 1] = id
  while #ids > MOST_PHRASES do
    project_state.delete("phrase", table.remove(ids, 1))
  end
  project_state.set("phrases", table.concat(ids, " "))
end

-- The two latents of a morph, as the project remembers them: names A and B, "" where none is chosen.
function latents.corners()
  return project_state.get("morph_a"), project_state.get("morph_b")
end

function latents.set_corners(a, b)
  project_state.set("morph_a", a)
  project_state.set("morph_b", b)
  reaper.MarkProjectDirty(0)
end

return latents
