-- The bridge as this script asks it: one request, all its answers, an error as a sentence.
local curl = require("band.curl")
local json = require("band.json")
local plain_text = require("band.plain_text")
local protocol = require("protocol")

local bridge = {}

bridge.REQUESTS = protocol.REQUESTS
bridge.EXT_SECTION = "maisynthesizer" -- of Reaper's own memory
local SECONDS = 20 -- a long piece is computed in less
local SOON_SECONDS = 2
local LARGEST_ID = 0x7FFFFFFF

math.randomseed(os.time() + math.floor(reaper.time_precise() * 1e6) % 0x7FFFFFFF)

-- A number that nobody chose, of 31 bits.
function bridge.draw()
  return math.random(0, LARGEST_ID)
end

-- The TCP port of the bridge's HTTP door.
function bridge.port()
  return math.tointeger(tonumber(reaper.GetExtState(bridge.EXT_SECTION, "port"))) or protocol.HTTP_PORT
end

-- For a bridge that was started with --http-port; Reaper remembers it.
function bridge.choose_port(port)
  reaper.SetExtState(bridge.EXT_SECTION, "port", ("%d"):format(port), true)
end

local function ask(address, arguments, seconds)
  local text = curl.get(bridge.port(), plain_text.target(address, arguments), seconds)
  local answers = plain_text.read_answer(text)
  if not answers then
    error("The bridge's answer broke off: try again.", 0)
  end
  for _, answer in ipairs(answers) do
    if answer.address == "/mai/error" then
      error(("The bridge says: %s."):format(answer[4]), 0)
    end
  end
  return answers
end

-- Whether an error means that nobody was reached; any other is about what was asked.
bridge.is_away = curl.is_failure

-- All answers to a request, the last of them closing. `id` is added. Raises a sentence if it is not carried out.
function bridge.ask(address, ...)
  return ask(address, { bridge.draw(), ... }, SECONDS)
end

-- The same with an id that several requests share.
function bridge.ask_as(id, address, arguments)
  return ask(address, { id, table.unpack(arguments) }, SECONDS)
end

-- The same with its arguments as they are, and where an answer that comes late is of no use: it fails soon.
function bridge.tell(address, ...)
  return ask(address, { ... }, SOON_SECONDS)
end

-- The band: { model, bars, beats = beats a bar, tracks = names }.
function bridge.band()
  local answers = bridge.ask(bridge.REQUESTS.HELLO, "Reaper", 0, protocol.PROTOCOL_VERSION)
  local welcome = answers[#answers]
  return { model = welcome[4], bars = welcome[5], beats = welcome[6], tracks = { table.unpack(welcome, 8) } }
end

-- What the bridge tells of itself, as a table.
function bridge.status()
  local answers = bridge.ask(bridge.REQUESTS.STATUS)
  return json.decode(answers[#answers][2])
end

return bridge
