-- When the bridge has to hear where the song is: a table of facts in, a message or nothing out.
local transport = {}

local JUMP = 0.06 -- seconds; what the position of a play cursor trembles by is less
local MOST_BEATS = 1.0 -- between two messages while it plays
local STEP = 0.01 -- seconds over which the tempo is measured
local PROJECT = 0

-- What Reaper says now: { at = seconds of the clock, beat, bpm, playing, numerator, denominator }.
function transport.read()
  local playing = reaper.GetPlayState() & 1 == 1
  -- Of the block that is computed next: notes that come in now are heard together with it.
  local position = playing and reaper.GetPlayPosition2() or reaper.GetCursorPosition()
  local beat = reaper.TimeMap2_timeToQN(PROJECT, position)
  local numerator, denominator = reaper.TimeMap_GetTimeSigAtTime(PROJECT, position)
  return {
    at = reaper.time_precise(), beat = beat, playing = playing,
    bpm = (reaper.TimeMap2_timeToQN(PROJECT, position + STEP) - beat) / STEP * 60,
    numerator = numerator, denominator = denominator,
  }
end

-- Whether the bridge has to be told, after what it was told last (nil: nothing yet).
function transport.is_due(told, now)
  if not told or told.playing ~= now.playing or told.numerator ~= now.numerator
    or told.denominator ~= now.denominator or math.abs(told.bpm - now.bpm) > 1e-3 * now.bpm then
    return true
  end
  if not now.playing then
    return math.abs(told.beat - now.beat) > 1e-6
  end
  local seconds_a_beat = 60 / now.bpm
  local expected = told.beat + (now.at - told.at) / seconds_a_beat
  return math.abs(now.beat - expected) * seconds_a_beat > JUMP or now.beat - told.beat >= MOST_BEATS
end

-- The arguments of /mai/transport, for a message that takes `seconds` to arrive.
function transport.arguments(now, seconds)
  local ahead = now.playing and seconds * now.bpm / 60 or 0
  return now.beat + ahead, now.bpm, now.playing and 1 or 0, now.numerator, now.denominator
end

return transport
