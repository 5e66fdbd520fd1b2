-- Writes a table as JSON, for the test that reads what was played.
local function write(value)
  if type(value) == "table" then
    local parts = {}
    if #value > 0 or next(value) == nil then
      for place, one in ipairs(value) do
        parts[place] = write(one)
      end
      return "[" .. table.concat(parts, ",") .. "]"
    end
    for key, one in pairs(value) do
      parts[#parts + 1] = write(tostring(key)) .. ":" .. write(one)
    end
    return "{" .. table.concat(parts, ",") .. "}"
  elseif type(value) == "string" then
    return '"' .. value:gsub('[%c"\\]', function(one) return ("\\u%04x"):format(one:byte()) end) .. '"'
  elseif math.type(value) == "float" then
    return ("%.17g"):format(value)
  end
  return tostring(value)
end

return write
