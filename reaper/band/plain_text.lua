-- Requests and answers of the bridge's HTTP door as text.
local json = require("band.json")

local plain_text = {}

plain_text.END = "end" -- the line after the last message

local function write_number(value)
  if math.type(value) == "integer" then
    return ("%d"):format(value)
  end
  if value ~= value or value == math.huge or value == -math.huge then
    error("A number for the bridge is " .. tostring(value) .. ", expected a finite one.", 0)
  end
  local text = ("%.9g"):format(value)
  return text:find("[%.e]") and text or text .. ".0"
end

local function percent(character)
  return ("%%%02X"):format(character:byte())
end

-- The path and query that ask for an address: no character in it means anything to a shell.
function plain_text.target(address, arguments)
  local written = {}
  for place, value in ipairs(arguments) do
    written[place] = type(value) == "string" and json.quote(value):gsub("[^%w%-%._~]", percent)
      or write_number(value):gsub("%+", "")
  end
  return "/v1" .. address .. (#written > 0 and "?args=" .. table.concat(written, ",") or "")
end

-- One line as { address = "/mai/…", the arguments … }.
function plain_text.read_line(line)
  local address, place = line:match("^(/%S*)()")
  if not address then
    error("The bridge answered " .. line:sub(1, 60) .. ", expected a message.", 0)
  end
  local message = { address = address }
  while true do
    place = line:find("[^ ]", place)
    if not place then
      return message
    end
    local value
    if line:sub(place, place) == '"' then
      value, place = json.read_string(line, place)
    else
      local word = line:match("^[^ ]+", place)
      value, place = not word:find("[xX]") and tonumber(word) or word, place + #word -- Lua reads 0x10 as a number
    end
    message[#message + 1] = value
  end
end

-- All messages of an answer. nil: the answer is not whole.
function plain_text.read_answer(text)
  local messages = {}
  for line in text:gmatch("([^\r\n]+)\r?\n") do
    if line == plain_text.END then
      return messages
    end
    messages[#messages + 1] = plain_text.read_line(line)
  end
  return nil
end

return plain_text
