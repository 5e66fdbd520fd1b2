-- Run by test_ardour.py: a session with one MIDI track that records the bridge's port, and prints what it recorded.
-- Arguments by the environment: SOURCE (the JACK port), SECONDS (how long to record).
local TENTH = 100000 -- microseconds
local source, seconds = os.getenv("SOURCE"), tonumber(os.getenv("SECONDS"))

AudioEngine:set_backend("JACK", "", "")
local session = assert(create_session("./session", "session", 48000), "no session")
local midi = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
local track
for one in session:new_midi_track(
  midi, midi, true, ARDOUR.PluginInfo(), nil, nil, 1, "Band", ARDOUR.PresentationInfo.max_order,
  ARDOUR.TrackMode.Normal, true
):iter() do
  track = one
end
track:rec_enable_control():set_value(1, PBD.GroupControlDisposition.NoGroup)

local connected = false
for _ = 1, 100 do
  connected = connected or track:input():nth(0):connect(source) == 0
  if connected then
    break
  end
  ARDOUR.LuaAPI.usleep(TENTH)
end
assert(connected, "not connected to " .. source)

session:goto_start(false)
session:maybe_enable_record(true)
session:request_roll(ARDOUR.TransportRequestSource.TRS_UI)
for _ = 1, 50 do
  if session:actively_recording() then
    break
  end
  ARDOUR.LuaAPI.usleep(TENTH)
end
print("RECORDING", session:actively_recording())
io.stdout:flush()
for _ = 1, seconds * 10 do
  ARDOUR.LuaAPI.usleep(TENTH)
end
session:request_stop(false, false, ARDOUR.TransportRequestSource.TRS_UI)
for _ = 1, 20 do
  ARDOUR.LuaAPI.usleep(TENTH)
end

for region in track:to_track():playlist():region_list():iter() do
  local model = region:to_midiregion():midi_source(0):model()
  for note in ARDOUR.LuaAPI.note_list(model):iter() do
    print("NOTE", note:channel(), note:note())
  end
end
print("END")
io.stdout:flush()
close_session()
