-- The project's bars, which may be of different lengths, in quarter notes from the project's start.
local bar_grid = {}

local NEAR = 1e-6 -- quarter notes; two positions that differ by less are the same
local PROJECT = 0 -- the one in front

local function bar_at(qn)
  local _, start, stop = reaper.TimeMap_QNToMeasures(PROJECT, qn + NEAR)
  return { start = start, stop = stop }
end

-- The bars that a range touches: { start, stop, bars = { { start, stop } … } }, all in quarter notes.
function bar_grid.touched(start, stop)
  local bars = {}
  local bar = bar_at(start)
  while bar.start < stop - NEAR do
    bars[#bars + 1] = bar
    bar = bar_at(bar.stop)
  end
  return { start = start, stop = stop, bars = bars }
end

-- `count` whole bars from the first bar line at or after a position; as bar_grid.touched.
function bar_grid.following(qn, count)
  local bar = bar_at(qn)
  if bar.start < qn - NEAR then
    bar = bar_at(bar.stop)
  end
  local bars = { bar }
  while #bars < count do
    bars[#bars + 1] = bar_at(bars[#bars].stop)
  end
  return { start = bar.start, stop = bars[#bars].stop, bars = bars }
end

-- The range of the time selection, or nil where there is none.
function bar_grid.selected()
  local from, to = reaper.GetSet_LoopTimeRange(false, false, 0, 0, false)
  local start, stop = reaper.TimeMap2_timeToQN(PROJECT, from), reaper.TimeMap2_timeToQN(PROJECT, to)
  return stop - start > NEAR and bar_grid.touched(start, stop) or nil
end

-- The edit cursor, in quarter notes.
function bar_grid.cursor()
  return reaper.TimeMap2_timeToQN(PROJECT, reaper.GetCursorPosition())
end

-- Which bar of a range a position is in, from 0; nil: none.
function bar_grid.number(range, qn)
  for place, bar in ipairs(range.bars) do
    if qn >= bar.start - NEAR and qn < bar.stop - NEAR then
      return place - 1
    end
  end
  return nil
end

return bar_grid
