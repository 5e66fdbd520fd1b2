-- Reads JSON, which the bridge uses for strings and for its status.
local json = {}

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }
local WORDS = { ["true"] = true, ["false"] = false }
local read

local function fail(text, place)
  error(("JSON is broken at character %d: %s"):format(place, text:sub(place, place + 20)), 0)
end

local function skip(text, place)
  return text:find("%S", place) or #text + 1
end

local function read_string(text, place)
  local parts, from = {}, place + 1
  while true do
    local stop = text:find('["\\]', from) or fail(text, place)
    parts[#parts + 1] = text:sub(from, stop - 1)
    if text:sub(stop, stop) == '"' then
      return table.concat(parts), stop + 1
    end
    local escape = text:sub(stop + 1, stop + 1)
    if escape == "u" then
      local high = tonumber(text:match("^%x%x%x%x", stop + 2) or fail(text, stop), 16)
      from = stop + 6
      -- Characters beyond 16 bits come as two halves.
      local low = high >= 0xD800 and high < 0xDC00 and text:match("^\\u([dD][c-fC-F]%x%x)", from)
      if low then
        high, from = 0x10000 + (high - 0xD800) * 0x400 + tonumber(low, 16) - 0xDC00, from + 6
      end
      parts[#parts + 1] = utf8.char(high)
    else
      parts[#parts + 1] = ESCAPES[escape] or fail(text, stop)
      from = stop + 2
    end
  end
end

local function read_members(text, place, closing, read_one)
  place = skip(text, place + 1)
  if text:sub(place, place) == closing then
    return place + 1
  end
  while true do
    place = skip(text, read_one(place))
    local mark = text:sub(place, place)
    if mark == closing then
      return place + 1
    elseif mark ~= "," then
      fail(text, place)
    end
    place = skip(text, place + 1)
  end
end

local function read_object(text, place)
  local object = {}
  return object, read_members(text, place, "}", function(at)
    local key, after = read_string(text, at)
    after = skip(text, after)
    if text:sub(after, after) ~= ":" then
      fail(text, after)
    end
    object[key], after = read(text, skip(text, after + 1))
    return after
  end)
end

local function read_list(text, place)
  local list, count = {}, 0
  return list, read_members(text, place, "]", function(at)
    count = count + 1
    local after
    list[count], after = read(text, at)
    return after
  end)
end

local READERS = { ['"'] = read_string, ["{"] = read_object, ["["] = read_list }

function read(text, place)
  local reader = READERS[text:sub(place, place)]
  if reader then
    return reader(text, place)
  end
  local token = text:match("^[%w%.%+%-]+", place) or fail(text, place)
  if token == "null" then
    return nil, place + 4
  end
  local value = WORDS[token]
  if value == nil then
    value = tonumber(token) or fail(text, place)
  end
  return value, place + #token
end

-- The value in a text; null is nil. Raises an error for what is no JSON.
function json.decode(text)
  local value, after = read(text, skip(text, 1))
  if skip(text, after) <= #text then
    fail(text, after)
  end
  return value
end

-- The string that begins at the quote at `place`, and where it has ended.
json.read_string = read_string

-- The reverse of reading a string.
function json.quote(text)
  return '"' .. text:gsub('[%c"\\]', function(character)
    return ("\\u%04x"):format(character:byte())
  end) .. '"'
end

return json
