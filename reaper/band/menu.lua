-- A choice from a list, in Reaper's own popup menu at the mouse.
local menu = {}

-- In a menu's text these begin a greyed, ticked or nested entry, and a bar parts the entries.
local function shown(name)
  return (name:gsub("|", "/"):gsub("^[#!<>]", " %0"))
end

-- The chosen one of the names; nil: none was chosen.
function menu.choose(title, names)
  local entries = { "#" .. shown(title) }
  for place, name in ipairs(names) do
    entries[place + 1] = shown(name)
  end
  local x, y = reaper.GetMousePosition()
  gfx.init("MAIsynthesizer", 0, 0, 0, x, y)
  gfx.x, gfx.y = gfx.mouse_x, gfx.mouse_y
  local number = gfx.showmenu(table.concat(entries, "|"))
  gfx.quit()
  return number and names[number - 1]
end

return menu
