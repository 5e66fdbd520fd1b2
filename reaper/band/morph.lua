-- A phrase between two latents, A and B.
local bar_grid = require("band.bar_grid")
local bridge = require("band.bridge")
local latents = require("band.latents")
local menu = require("band.menu")
local phrase = require("band.phrase")
local placing = require("band.placing")
local project_state = require("band.project_state")
local style = require("band.style")

local morph = {}

-- Two of the saved latents, from a menu; false: nothing was chosen.
function morph.choose_corners()
  local names = latents.names()
  if #names < 2 then
    error("A morph goes between two saved latents: save two phrases first.", 0)
  end
  local a = menu.choose("Morph from", names)
  local b = a and menu.choose("Morph from " .. a .. " to", names)
  if not b then
    return false
  end
  latents.set_corners(a, b)
  return true
end

local function ask_share(a, b)
  local last = project_state.get("morph_percent")
  local caption = ("Percent of %s,extrawidth=60"):format(b:gsub(",", " "))
  local given, text = reaper.GetUserInputs("MAIsynthesizer: morph from " .. a, 1, caption, last ~= "" and last or "50")
  if not given then
    return nil
  end
  local percent = tonumber((text:gsub(",", "."):gsub("%%", "")))
  if not percent or percent < 0 or percent > 100 then
    error(("The share is %q, expected a number from 0 (only %s) to 100 (only %s)."):format(text, a, b), 0)
  end
  project_state.set("morph_percent", ("%g"):format(percent))
  return percent / 100
end

-- Ask how far, and write the phrase.
function morph.place()
  local a, b = latents.corners()
  if (a == "" or b == "") and not morph.choose_corners() then
    return
  end
  a, b = latents.corners()
  local share = ask_share(a, b)
  if not share then
    return
  end
  local range = bar_grid.selected()
  latents.bring(a)
  latents.bring(b)
  local band = bridge.band()
  style.apply(band)
  local answers = bridge.ask(bridge.REQUESTS.MORPH, a, 1.0 - share, b, share + 0.0)
  placing.place("morph", band, phrase.read(answers), range)
end

return morph
