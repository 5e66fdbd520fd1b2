-- The live stream: the bridge follows Reaper's transport and the controls, as long as this runs.
local bridge = require("band.bridge")
local controls = require("band.controls")
local latents = require("band.latents")
local transport = require("band.transport")

local live = {}

local TRY_AGAIN = 2.0 -- seconds between two attempts while the bridge is away
local LOOK_FOR_CONTROLS = 1.0
local A_CHANGE_EVERY = 0.1
local SLOWEST = 0.1 -- seconds; what takes longer is no start of a program but a machine that stands still

-- The state of one run. `say` shows a sentence.
function live.new(say)
  return { say = say, delay = SLOWEST, try_at = 0, look_at = 0, change_at = 0, settings = {}, streaming = false }
end

local function ask(address, ...)
  return bridge.tell(address, bridge.draw(), ...)
end

-- The least time that a message has taken to arrive: nearly all of it is the start of curl, which lies before. The least,
-- since the bridge takes the earliest of many messages for the right one.
local function measure(session, call, ...)
  local from = reaper.time_precise()
  call(...)
  session.delay = math.min(session.delay, reaper.time_precise() - from)
end

local function tell_transport(session, now)
  measure(session, bridge.tell, bridge.REQUESTS.TRANSPORT, transport.arguments(now, session.delay))
  session.told = now
end

local function morph(session, share)
  local a, b = latents.corners()
  if a == "" or b == "" then
    return
  end
  if not session.has_brought then
    latents.bring(a)
    latents.bring(b)
    session.has_brought = true
  end
  ask(bridge.REQUESTS.MORPH, a, 1.0 - share, b, share + 0.0)
end

-- What the bridge does not take, such as the density of a track that the band has not, is said and left.
local function tell_control(session, name, value)
  local old = session.settings[name]
  session.settings[name] = value
  local done, problem = true, nil
  if name ~= "morph" then
    done, problem = pcall(ask, bridge.REQUESTS.SET, name, controls.argument(value))
  elseif old then -- where it stands at first moves nothing
    done, problem = pcall(morph, session, value)
  end
  if not done and bridge.is_away(problem) then
    session.settings[name] = old
    error(problem, 0)
  elseif not done then
    session.say(problem)
  end
end

local function follow_controls(session, now)
  if now >= session.look_at then
    session.track, session.place = controls.find()
    session.look_at = now + LOOK_FOR_CONTROLS
  end
  if session.track and not reaper.ValidatePtr2(0, session.track, "MediaTrack*") then
    session.track = nil
  end
  if session.track and now >= session.change_at then
    local name, value = controls.next_change(session.settings, controls.read(session.track, session.place))
    if name then
      session.change_at = now + A_CHANGE_EVERY
      tell_control(session, name, value)
    end
  end
end

local function work(session)
  if not session.streaming then
    measure(session, ask, bridge.REQUESTS.PING)
    session.told, session.settings = nil, {}
  end
  local now = transport.read()
  if transport.is_due(session.told, now) then
    tell_transport(session, now)
  end
  if not session.streaming then
    ask(bridge.REQUESTS.STREAM_START)
    session.streaming = true
    session.said = nil
  end
  follow_controls(session, now.at)
end

-- One round, about thirty times a second. A bridge that is away is said once, and looked for again and again.
function live.round(session)
  if reaper.time_precise() < session.try_at then
    return
  end
  local done, problem = pcall(work, session)
  if not done then
    session.streaming = false
    session.try_at = reaper.time_precise() + TRY_AGAIN
    if session.said ~= problem then
      session.said = problem
      session.say(problem)
    end
  end
end

-- The end: the stream stops, every note ends.
function live.stop(session)
  if session.streaming then
    pcall(ask, bridge.REQUESTS.STREAM_STOP)
    session.streaming = false
  end
end

return live
