-- What Reaper is to a script beside the project: programs, time, windows, the transport, deferred calls.
local machine = {}

local LETTERS = "^[%w%-%._~/\\:%%{}?=, ]+$" -- nothing here means anything to a command line's reader

local function read_clock()
  local pipe = assert(io.popen("date +%s.%N"))
  local seconds = pipe:read("n")
  pipe:close()
  return seconds
end

-- `clock` "virtual": time passes by rounds and by what a program is said to take; "real": it is the machine's.
function machine.new(port)
  return {
    now = read_clock(), clock = "virtual", system = "Other", programs = { ["/usr/bin/curl"] = true }, midi_inputs = {},
    ext = { ["maisynthesizer/port"] = port and ("%d"):format(port) or nil }, windows = {}, hints = {}, console = "", inputs = {},
    choices = {}, menus = {}, deferred = {}, at_exit = {}, toggles = {}, commands = {}, has_options = true,
  }
end

function machine.time(state)
  return state.clock == "real" and read_clock() or state.now
end

local function run_program(command)
  local pipe = assert(io.popen("set -f; exec " .. command .. " 2>/dev/null"))
  local output = pipe:read("a")
  local _, _, status = pipe:close()
  return ("%d\n%s"):format(status, output)
end

function machine.functions(state)
  local api = {}
  function api.ExecProcess(command, milliseconds)
    assert(milliseconds >= 0, "a program that nobody waits for")
    assert(milliseconds > 0 or command:find(" -m %d"), "a program that may run for ever")
    assert(command:find(LETTERS), "a command that a shell would read otherwise: " .. command)
    table.insert(state.commands, command)
    if state.answer then
      return state.answer(command)
    end
    return run_program(command)
  end
  function api.GetOS() return state.system end
  function api.file_exists(path) return state.programs[path] == true end
  function api.time_precise() return machine.time(state) end
  function api.GetExtState(section, key) return state.ext[section .. "/" .. key] or "" end
  function api.SetExtState(section, key, value) state.ext[section .. "/" .. key] = value end
  function api.ShowMessageBox(text, title, kind)
    table.insert(state.windows, { title = title, text = text })
    return kind == 0 and 1 or table.remove(state.choices, 1) or 7
  end
  function api.TrackCtl_SetToolTip(text) table.insert(state.hints, text) end
  function api.ShowConsoleMsg(text) state.console = state.console .. text end
  function api.GetUserInputs(title, count, captions, values)
    assert(count == 1 and select(2, captions:gsub(",", "")) == 1, "one field, and its width")
    table.insert(state.windows, { title = title, text = captions })
    local input = table.remove(state.inputs, 1)
    return input ~= nil and input ~= false, input or values
  end
  function api.GetMousePosition() return 400, 300 end
  function api.GetNumMIDIInputs() return #state.midi_inputs end
  function api.GetMIDIInputName(number)
    local input = state.midi_inputs[number + 1]
    return input.enabled, input.name
  end
  function api.GetPlayState() return state.play and 1 or 0 end
  function api.GetPlayPosition2()
    return state.play.position + machine.time(state) - state.play.at
  end
  function api.SetToggleCommandState(_, command, value)
    state.toggles[command] = value
    return true
  end
  function api.RefreshToolbar2() end
  function api.defer(call)
    table.insert(state.deferred, call)
    state.has_deferred = true
    return true
  end
  function api.atexit(call)
    table.insert(state.at_exit, call)
    return true
  end
  if state.has_options then
    function api.set_action_options() end
  end
  return api
end

-- Reaper's graphics window, of which the actions use the popup menu.
function machine.graphics(state)
  local graphics = { mouse_x = 0, mouse_y = 0 }
  function graphics.init(name)
    assert(type(name) == "string")
    state.window_is_open = true
  end
  function graphics.showmenu(text)
    assert(state.window_is_open, "a menu needs a window")
    table.insert(state.menus, text)
    local entries = {}
    for entry in (text .. "|"):gmatch("([^|]*)|") do
      entries[#entries + 1] = entry
    end
    local wanted = table.remove(state.choices, 1)
    for place, entry in ipairs(entries) do
      if entry == wanted and not entry:find("^#") then
        return place
      end
    end
    return 0
  end
  function graphics.quit() state.window_is_open = false end
  return graphics
end

return machine
