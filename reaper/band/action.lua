-- How every action runs: an error is shown as a sentence, and a change of the project is one undo point.
local action = {}

local function untouched() end

-- Run an action. What cannot be done is said in a window and changes nothing.
function action.run(name, work)
  reaper.defer(untouched) -- a script that has deferred leaves no undo point of its own
  local done, problem = pcall(work)
  if not done then
    reaper.ShowMessageBox(tostring(problem), "MAIsynthesizer: " .. name, 0)
  end
end

-- Change the project: all of it is one step of undo, also where an error ends it.
function action.change(name, change)
  reaper.Undo_BeginBlock()
  reaper.PreventUIRefresh(1)
  local done, problem = pcall(change)
  reaper.PreventUIRefresh(-1)
  reaper.UpdateArrange()
  reaper.Undo_EndBlock("MAIsynthesizer: " .. name, -1)
  if not done then
    error(problem, 0)
  end
end

return action
