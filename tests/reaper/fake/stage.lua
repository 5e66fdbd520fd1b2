-- A Reaper that plays a scene: lua stage.lua FOLDER_OF_THE_ACTIONS PORT < scene. The scene is Lua; it uses `stage`, and
-- what it says with stage.tell comes out as one JSON object.
local folder, port = arg[1], tonumber(arg[2])
package.path = arg[0]:match("^(.*)/fake/") .. "/?.lua;" .. package.path

local checked = require("fake.checked")
local machine = require("fake.machine")
local project = require("fake.project")
local tempo_map = require("fake.tempo_map")
local write_json = require("fake.dump")

local stage = { machine = machine.new(port), project = project.new(), told = {}, called = {} }
local ROUND_SECONDS = 1 / 30
local COMMAND = 50001

local function functions()
  local all = {}
  for _, some in ipairs({ machine.functions(stage.machine), project.functions(stage.project) }) do
    for name, one in pairs(some) do
      all[name] = one
    end
  end
  return all
end

local function clean_modules()
  for name in pairs(package.loaded) do
    if name:find("^band%.") or name == "protocol" then
      package.loaded[name] = nil
    end
  end
end

-- A script's own world: reaper, gfx and the modules of the actions. `path` is the file that Reaper runs.
function stage.enter(path)
  clean_modules()
  stage.package_path = stage.package_path or package.path
  package.path = stage.package_path
  local all = functions()
  all.get_action_context = function() return true, path, 0, COMMAND, 0, 0, 0, "" end
  reaper, gfx = checked(all, stage.called), machine.graphics(stage.machine)
end

-- Modules without an action, for a test of one of them.
function stage.module(name)
  stage.enter(folder .. "/none.lua")
  package.path = folder .. "/?.lua;" .. package.path
  return require("band." .. name)
end

local function pass_a_round()
  if stage.machine.clock == "real" then
    os.execute("sleep 0.033")
  else
    stage.machine.now = stage.machine.now + ROUND_SECONDS
  end
end

-- Run an action, with what it defers for so many rounds, and end it as Reaper does.
function stage.run(name, rounds)
  local state = stage.machine
  state.has_deferred, state.deferred, state.at_exit = false, {}, {}
  state.now = state.now + 1 -- from one press to the next
  local path = folder .. "/MAIsynthesizer_" .. name .. ".lua"
  stage.enter(path)
  assert(loadfile(path))()
  for round = 1, rounds or 1 do
    if stage.each_round then
      stage.each_round(round)
    end
    local calls = state.deferred
    state.deferred = {}
    for _, call in ipairs(calls) do
      call()
    end
    if #state.deferred == 0 then
      break
    end
    pass_a_round()
  end
  stage.toggle_while_running = state.toggles[COMMAND]
  for _, call in ipairs(state.at_exit) do
    call()
  end
  assert(stage.project.depth == 0 and stage.project.refresh == 0, "the action left something open")
  if not state.has_deferred then
    table.insert(stage.project.undo, { name = "ReaScript: Run", tracks = stage.project.tracks })
  end
end

function stage.tempo(sections) stage.project.map = tempo_map.new(sections) end
function stage.select(from, to) stage.project.selection = { from + 0.0, to + 0.0 } end
function stage.cursor(at) stage.project.cursor = at + 0.0 end
function stage.undo() project.undo_last(stage.project) end
function stage.item(track, number) return stage.project.tracks[track].items[number or 1] end
function stage.play(position)
  stage.machine.play = position and { position = position, at = machine.time(stage.machine) } or nil
end
function stage.time() return machine.time(stage.machine) end

-- The project as a test reads it.
function stage.picture()
  local tracks = {}
  for place, track in ipairs(stage.project.tracks) do
    local items = {}
    for number, item in ipairs(track.items) do
      items[number] = {
        start = item.start, length = item.length, name = item.take.texts.P_NAME, mark = item.texts["P_EXT:maisynthesizer"],
        notes = item.take.notes,
      }
    end
    tracks[place] = { name = track.texts.P_NAME, items = items, values = track.values }
  end
  local undo = {}
  for place, step in ipairs(stage.project.undo) do
    undo[place] = step.name
  end
  return { tracks = tracks, undo = undo }
end

-- Written down at once: the project goes on changing.
function stage.tell(name, value) table.insert(stage.told, write_json(name) .. ":" .. write_json(value)) end

local scene = assert(load(io.read("a"), "=scene", "t", setmetatable({ stage = stage }, { __index = _G })))
scene()
stage.tell("project", stage.picture())
stage.tell("ext", stage.project.ext)
for _, name in ipairs({ "windows", "hints", "console", "commands", "menus" }) do
  stage.tell(name, stage.machine[name])
end
print("{" .. table.concat(stage.told, ",") .. "}")
