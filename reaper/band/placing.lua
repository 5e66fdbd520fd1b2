-- A phrase from the bridge into the project: five items over the time selection or from the edit cursor on, or new
-- notes in items that are there.
local action = require("band.action")
local bar_grid = require("band.bar_grid")
local items = require("band.items")
local latents = require("band.latents")
local tracks = require("band.tracks")

local placing = {}

-- Write what came of the mark's track; a phrase that is shorter than the range begins again.
local function write(item, range, band, phrase, mark)
  for number, bar in ipairs(range.bars) do
    local came = phrase.bars[(number - 1) % mark.bars]
    if came and came[mark.track] then
      items.write_bar(item, range, bar, came[mark.track], band.beats, tracks.channel(band.tracks, mark.track))
    end
  end
  items.set_mark(item, mark)
  items.rename(item, (band.tracks[mark.track + 1] or "Track") .. " " .. mark.phrase)
end

-- Write a whole phrase, one item a track, over the range or (nil) as it is long at the edit cursor.
function placing.place(name, band, phrase, range)
  local text = latents.take_phrase()
  range = range or bar_grid.following(bar_grid.cursor(), phrase.count)
  action.change(name, function()
    for place, track in ipairs(tracks.ensure(band.tracks)) do
      local mark = { phrase = phrase.id, track = place - 1, bars = phrase.count }
      write(items.ensure(track, range), range, band, phrase, mark)
    end
    latents.keep_phrase(phrase.id, text)
  end)
end

-- Put what changed into the items that play the phrase together.
function placing.replace(name, band, phrase, siblings)
  local text = latents.take_phrase()
  action.change(name, function()
    for _, item in ipairs(siblings) do
      local mark = items.mark(item)
      mark.phrase = phrase.id
      write(item, items.range(item), band, phrase, mark)
    end
    latents.keep_phrase(phrase.id, text)
  end)
end

-- The item that is meant, with the phrase that it plays in the bridge's hand. Raises a sentence where there is none.
function placing.item_in_hand()
  local item = items.meant()
  if not item then
    error("Select one of the band's items, or put the edit cursor into one.", 0)
  end
  latents.hold_phrase(items.mark(item).phrase)
  return item
end

return placing
