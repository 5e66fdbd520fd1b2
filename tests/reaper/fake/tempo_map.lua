-- A project's tempo and bars, in sections: each begins at a bar line and has one tempo and one metre.
local tempo_map = {}

-- `sections`: { bars = how many (the last goes on), bpm = quarter notes a minute, numerator, denominator }.
function tempo_map.new(sections)
  local time, qn = 0.0, 0.0
  for _, section in ipairs(sections) do
    section.time, section.qn = time, qn
    section.bar = section.numerator * 4 / section.denominator
    qn = qn + (section.bars or math.huge) * section.bar
    time = time + (section.bars or math.huge) * section.bar * 60 / section.bpm
  end
  return sections
end

local function section_at(map, field, value)
  local found = map[1]
  for _, section in ipairs(map) do
    if value >= section[field] then
      found = section
    end
  end
  return found
end

function tempo_map.to_qn(map, time)
  local section = section_at(map, "time", time)
  return section.qn + (time - section.time) * section.bpm / 60
end

function tempo_map.to_time(map, qn)
  local section = section_at(map, "qn", qn)
  return section.time + (qn - section.qn) * 60 / section.bpm
end

function tempo_map.metre(map, time)
  local section = section_at(map, "time", time)
  return section.numerator, section.denominator, section.bpm
end

-- Number from 1, start and end of the bar at a position.
function tempo_map.measure(map, qn)
  local number = 1
  for place, section in ipairs(map) do
    if section == section_at(map, "qn", qn) then
      local bars = math.floor((qn - section.qn) / section.bar)
      local start = section.qn + bars * section.bar
      return number + bars, start, start + section.bar
    end
    number = number + (map[place].bars or 0)
  end
end

return tempo_map
