-- A table of functions that checks every call: its name, how many arguments, and of what kind each is.
local signatures = require("fake.signatures")

local KINDS = {
  ["*"] = function() return true end,
  b = function(value) return type(value) == "boolean" end,
  f = function(value) return type(value) == "function" end,
  i = function(value) return math.type(value) and math.tointeger(value) ~= nil end,
  k = function(value) return type(value) == "table" and value.kind == "take" end,
  m = function(value) return type(value) == "table" and value.kind == "item" end,
  n = function(value) return type(value) == "number" and value == value end,
  p = function(value) return value == 0 end,
  s = function(value) return type(value) == "string" end,
  t = function(value) return type(value) == "table" and value.kind == "track" end,
}

local function check(name, arguments)
  local needed, optional = signatures[name][1]:match("^([%a*]*)|?(%a*)$")
  local kinds = needed .. optional
  if arguments.n < #needed or arguments.n > #kinds then
    error(("reaper.%s was called with %d arguments, expected %s"):format(name, arguments.n, signatures[name][1]), 3)
  end
  for place = 1, arguments.n do
    local kind = kinds:sub(place, place)
    if not KINDS[kind](arguments[place]) then
      error(("reaper.%s: argument %d is %s, expected %s"):format(name, place, tostring(arguments[place]), kind), 3)
    end
  end
end

-- `functions` by name; `called` is filled with the names that were called.
return function(functions, called)
  for name in pairs(functions) do
    assert(signatures[name], name .. " is not in the table of signatures")
  end
  return setmetatable({}, {
    __index = function(_, name)
      if not functions[name] then
        if name == "set_action_options" then
          return nil -- an older Reaper; the actions ask first
        end
        error("reaper." .. tostring(name) .. " is no function that this Reaper has", 2)
      end
      return function(...)
        local arguments = table.pack(...)
        check(name, arguments)
        called[name] = true
        return functions[name](...)
      end
    end,
  })
end
