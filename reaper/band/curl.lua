-- GET by curl, which Windows 10, macOS and nearly every Linux have: Reaper's Lua has no sockets.
--
-- The call waits for the answer: so its exit status is known, notes are written in one undo point, and no console
-- window opens in Windows. What plays goes on meanwhile.
local curl = {}

local PLACES = { "/usr/bin/curl", "/bin/curl", "/usr/local/bin/curl", "/opt/homebrew/bin/curl" }
local NOT_INSTALLED = 127 -- what a system says of a program that it does not find
local UNTIL_IT_ENDS = 0 -- what Reaper advises for long answers; curl ends by itself when its own time is over

local WHY = { -- curl's exit status, in a sentence
  [7] = "The bridge is not running: start it with maisynth serve, then try again.",
  [28] = "The bridge did not answer in time: it may be busy, or hang. Try again, or start it anew.",
  [52] = "The bridge closed the connection without a word: look at its window, or start it anew.",
  [NOT_INSTALLED] = "curl is missing: Windows 10, macOS and most Linux systems have it; otherwise install curl.",
}

-- Reaper hands no search path on.
local function program()
  if reaper.GetOS():find("^Win") then
    local system = (os.getenv("SystemRoot") or "C:\\Windows") .. "\\System32\\curl.exe"
    return reaper.file_exists(system) and system or "curl.exe"
  end
  for _, place in ipairs(PLACES) do
    if reaper.file_exists(place) then
      return place
    end
  end
  return "curl"
end

-- Whether an error is one of curl's: nobody was reached.
function curl.is_failure(problem)
  for _, sentence in pairs(WHY) do
    if problem == sentence then
      return true
    end
  end
  return tostring(problem):find("^curl failed") ~= nil
end

-- The body of an answer with status 200. Raises a sentence for everything else.
function curl.get(port, target, seconds)
  local command = ("%s -q -s -m %d --noproxy 127.0.0.1 -w %%{http_code} http://127.0.0.1:%d%s"):format(
    program(), seconds, port, target
  )
  local output = reaper.ExecProcess(command, UNTIL_IT_ENDS)
  if not output then
    error(WHY[NOT_INSTALLED], 0)
  end
  local status, text = output:match("^%s*(%-?%d+)[^\n]*\n(.*)$")
  status = tonumber(status)
  if status ~= 0 then
    error(WHY[status] or ("curl failed with status " .. tostring(status) .. ": is another program on port "
      .. port .. "?"), 0)
  end
  local body, code = text:match("^(.*)(%d%d%d)%s*$")
  if code ~= "200" then
    error(("The bridge refused (HTTP %s): %s"):format(code or "?", (body or text):gsub("%s+$", "")), 0)
  end
  return body
end

return curl
