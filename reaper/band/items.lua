-- The band's MIDI items: each knows the phrase and the track that it plays, through undo, copies and reopening.
local bar_fit = require("band.bar_fit")
local bar_grid = require("band.bar_grid")

local items = {}

local PROJECT = 0
local MARK = "P_EXT:maisynthesizer" -- "<phrase id> <track, from 0> <bars of the phrase>"
local SAME = 1e-4 -- seconds; items that begin so near to each other begin together

-- { phrase, track, bars } of an item of the band; nil: it is another's.
function items.mark(item)
  local _, text = reaper.GetSetMediaItemInfo_String(item, MARK, "", false)
  local id, track, bars = (text or ""):match("^(%S+) (%d+) (%d+)$")
  return id and { phrase = id, track = math.tointeger(tonumber(track)), bars = math.tointeger(tonumber(bars)) } or nil
end

-- The reverse of items.mark.
function items.set_mark(item, mark)
  reaper.GetSetMediaItemInfo_String(item, MARK, ("%s %d %d"):format(mark.phrase, mark.track, mark.bars), true)
end

-- Start and end in seconds.
function items.span(item)
  local start = reaper.GetMediaItemInfo_Value(item, "D_POSITION")
  return start, start + reaper.GetMediaItemInfo_Value(item, "D_LENGTH")
end

-- The bars that an item lies over.
function items.range(item)
  local start, stop = items.span(item)
  return bar_grid.touched(reaper.TimeMap2_timeToQN(PROJECT, start), reaper.TimeMap2_timeToQN(PROJECT, stop))
end

local function each(track, visit)
  for number = 0, reaper.CountTrackMediaItems(track) - 1 do
    local item = reaper.GetTrackMediaItem(track, number)
    local mark = items.mark(item)
    if mark then
      visit(item, mark)
    end
  end
end

-- The band's items that began together with this one and play the same phrase, itself among them.
function items.siblings(item)
  local found, phrase_id, start = {}, items.mark(item).phrase, items.span(item)
  for number = 0, reaper.CountTracks(PROJECT) - 1 do
    each(reaper.GetTrack(PROJECT, number), function(other, mark)
      if mark.phrase == phrase_id and math.abs(items.span(other) - start) < SAME then
        found[#found + 1] = other
      end
    end)
  end
  return found
end

-- The band's item that is meant: the first selected one; else the one at the edit cursor, of a selected track first.
function items.meant()
  for number = 0, reaper.CountSelectedMediaItems(PROJECT) - 1 do
    local item = reaper.GetSelectedMediaItem(PROJECT, number)
    if items.mark(item) then
      return item
    end
  end
  local cursor, here = reaper.GetCursorPosition(), nil
  for number = 0, reaper.CountTracks(PROJECT) - 1 do
    local track = reaper.GetTrack(PROJECT, number)
    each(track, function(item)
      local start, stop = items.span(item)
      local under = cursor > start - SAME and cursor < stop - SAME
      if under and (not here or reaper.IsTrackSelected(track) and not reaper.IsTrackSelected(here.track)) then
        here = { item = item, track = track }
      end
    end)
  end
  return here and here.item
end

-- The band's item over exactly this range of a track, or a new one.
function items.ensure(track, range)
  local start = reaper.TimeMap2_QNToTime(PROJECT, range.start)
  local stop = reaper.TimeMap2_QNToTime(PROJECT, range.stop)
  local found
  each(track, function(item)
    local from, to = items.span(item)
    if math.abs(from - start) < SAME and math.abs(to - stop) < SAME then
      found = item
    end
  end)
  return found or reaper.CreateNewMIDIItemInProj(track, start, stop, false)
end

function items.rename(item, name)
  reaper.GetSetMediaItemTakeInfo_String(reaper.GetActiveTake(item), "P_NAME", name, true)
end

local function clear(take, start, stop)
  local from, to = reaper.MIDI_GetPPQPosFromProjQN(take, start), reaper.MIDI_GetPPQPosFromProjQN(take, stop)
  local _, count = reaper.MIDI_CountEvts(take)
  for number = count - 1, 0, -1 do
    local _, _, _, begins = reaper.MIDI_GetNote(take, number)
    if begins > from - 0.5 and begins < to - 0.5 then -- ticks: rounding moves a note by less
      reaper.MIDI_DeleteNote(take, number)
    end
  end
end

-- Put notes in place of those in one bar of an item; what lies outside of the item's range is cut off.
function items.write_bar(item, range, bar, notes, model_beats, channel)
  local take = reaper.GetActiveTake(item)
  local start, stop = math.max(bar.start, range.start), math.min(bar.stop, range.stop)
  clear(take, start, stop)
  for _, note in ipairs(bar_fit.fit(notes, model_beats, bar.stop - bar.start)) do
    local from = math.max(bar.start + note.start, 0)
    local to = math.min(from + note.duration, stop)
    if from >= start - 1e-6 and to - from > 1e-6 then
      reaper.MIDI_InsertNote(
        take, false, false, reaper.MIDI_GetPPQPosFromProjQN(take, from), reaper.MIDI_GetPPQPosFromProjQN(take, to),
        channel, note.pitch, note.velocity, true
      )
    end
  end
  reaper.MIDI_Sort(take)
end

return items
