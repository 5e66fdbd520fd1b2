-- What the project carries beside its items: phrases and latents as the bridge tells them, in pieces.
local project_state = {}

local PROJECT = 0
local SECTION = "maisynthesizer"
local PIECE = 2000 -- characters; a line of a project file should not be much longer

local function percent(character)
  return ("%%%02X"):format(character:byte())
end

-- Reaper makes keys upper-case: so an upper-case letter is written by its code, as what else is no plain letter is.
local function key_of(kind, name)
  return kind .. ":" .. name:gsub("[^a-z0-9%-%._]", percent)
end

local function get(key)
  local _, value = reaper.GetProjExtState(PROJECT, SECTION, key)
  return value or ""
end

local function set(key, value)
  reaper.SetProjExtState(PROJECT, SECTION, key, value)
end

-- One line that the project remembers; "" where there is none.
project_state.get, project_state.set = get, set

-- Keep a text of any length; `kind` is "phrase" or "latent". The reverse of load.
function project_state.save(kind, name, text)
  local key = key_of(kind, name)
  project_state.delete(kind, name)
  local pieces = 0
  for from = 1, #text, PIECE do
    pieces = pieces + 1
    set(key .. ":" .. pieces, text:sub(from, from + PIECE - 1))
  end
  set(key, ("%d"):format(pieces))
  reaper.MarkProjectDirty(PROJECT)
end

-- The text; nil: the project has none of this name.
function project_state.load(kind, name)
  local key = key_of(kind, name)
  local count = tonumber(get(key))
  if not count then
    return nil
  end
  local pieces = {}
  for number = 1, count do
    pieces[number] = get(key .. ":" .. number)
  end
  return table.concat(pieces)
end

function project_state.delete(kind, name)
  local key = key_of(kind, name)
  for number = 1, tonumber(get(key)) or 0 do
    set(key .. ":" .. number, "") -- an empty value removes the key
  end
  set(key, "")
end

-- The names of one kind, in order of the alphabet.
function project_state.names(kind)
  local names, number = {}, 0
  while true do
    local more, key = reaper.EnumProjExtState(PROJECT, SECTION, number)
    if not more then
      table.sort(names)
      return names
    end
    local name = key:lower():match("^" .. kind .. ":([^:]+)$")
    if name then
      names[#names + 1] = name:gsub("%%(%x%x)", function(code)
        return string.char(tonumber(code, 16))
      end)
    end
    number = number + 1
  end
end

return project_state
