-- A project as Reaper keeps it: tracks, MIDI items, what a script stores, and undo. What is changed outside of an undo
-- block is an error: a musician could not take it back.
local tempo_map = require("fake.tempo_map")

local project = {}

local PPQ = 960

local function copied(value, seen)
  if type(value) ~= "table" then
    return value
  end
  if not seen[value] then
    seen[value] = {}
    for key, one in pairs(value) do
      seen[value][key] = copied(one, seen)
    end
  end
  return seen[value]
end

function project.new()
  return {
    map = tempo_map.new({ { bpm = 120, numerator = 4, denominator = 4 } }),
    tracks = {}, ext = {}, cursor = 0.0, selection = { 0.0, 0.0 }, undo = {}, depth = 0, dirty = false, refresh = 0,
  }
end

function project.undo_last(state)
  state.tracks = assert(table.remove(state.undo), "nothing to undo").tracks
end

function project.functions(state)
  local api = {}

  local function changing()
    assert(state.depth > 0, "the project was changed outside of an undo block")
  end

  local function items()
    local all = {}
    for _, track in ipairs(state.tracks) do
      table.move(track.items, 1, #track.items, #all + 1, all)
    end
    return all
  end

  local function text_of(owner, allowed)
    return function(object, name, value, is_set)
      assert(name:find(allowed), name .. " is no text of a " .. owner)
      if is_set then
        changing()
        object.texts[name] = value
      end
      return object.texts[name] ~= nil, object.texts[name] or ""
    end
  end

  function api.Undo_BeginBlock()
    assert(state.depth == 0, "an undo block within an undo block")
    state.depth, state.before = 1, copied(state.tracks, {})
  end
  function api.Undo_EndBlock(name)
    assert(state.depth == 1, "the end of an undo block that has not begun")
    state.depth = 0
    table.insert(state.undo, { name = name, tracks = state.before })
  end
  function api.PreventUIRefresh(by) state.refresh = state.refresh + by end
  function api.UpdateArrange() end
  function api.TrackList_AdjustWindows() end
  function api.MarkProjectDirty() state.dirty = true end

  function api.TimeMap2_timeToQN(_, time) return tempo_map.to_qn(state.map, time) end
  function api.TimeMap2_QNToTime(_, qn) return tempo_map.to_time(state.map, qn) end
  function api.TimeMap_GetTimeSigAtTime(_, time) return tempo_map.metre(state.map, time) end
  function api.TimeMap_QNToMeasures(_, qn) return tempo_map.measure(state.map, qn) end
  function api.GetCursorPosition() return state.cursor end
  function api.GetSet_LoopTimeRange(is_set)
    assert(not is_set, "no action may move the time selection")
    return state.selection[1], state.selection[2]
  end

  function api.CountTracks() return #state.tracks end
  function api.GetTrack(_, number) return state.tracks[number + 1] end
  function api.InsertTrackAtIndex(number)
    changing()
    table.insert(state.tracks, number + 1, { kind = "track", texts = {}, values = {}, items = {}, effects = {} })
  end
  function api.DeleteTrack(track)
    changing()
    for place, one in ipairs(state.tracks) do
      if one == track then
        table.remove(state.tracks, place)
      end
    end
  end
  api.GetSetMediaTrackInfo_String = text_of("track", "^P_NAME$")
  function api.SetMediaTrackInfo_Value(track, name, value)
    assert(({ I_RECINPUT = true, I_RECMON = true, I_RECARM = true })[name], name)
    changing()
    track.values[name] = value
    return true
  end
  function api.IsTrackSelected(track) return track.selected == true end

  function api.CountTrackMediaItems(track) return #track.items end
  function api.GetTrackMediaItem(track, number) return track.items[number + 1] end
  function api.CreateNewMIDIItemInProj(track, start, stop, in_qn)
    changing()
    assert(not in_qn and stop > start)
    local item = {
      kind = "item", texts = {}, start = start, length = stop - start, take = { kind = "take", texts = {}, notes = {} },
    }
    item.take.item = item
    table.insert(track.items, item)
    return item
  end
  api.GetSetMediaItemInfo_String = text_of("item", "^P_EXT:%w+$")
  function api.GetMediaItemInfo_Value(item, name)
    return assert(({ D_POSITION = item.start, D_LENGTH = item.length })[name], name)
  end
  local function selected()
    local chosen = {}
    for _, item in ipairs(items()) do
      chosen[#chosen + 1] = item.selected and item or nil
    end
    return chosen
  end
  function api.CountSelectedMediaItems() return #selected() end
  function api.GetSelectedMediaItem(_, number) return selected()[number + 1] end
  function api.GetActiveTake(item) return item.take end
  api.GetSetMediaItemTakeInfo_String = text_of("take", "^P_NAME$")

  function api.MIDI_GetPPQPosFromProjQN(take, qn)
    return (qn - tempo_map.to_qn(state.map, take.item.start)) * PPQ
  end
  local function sorted_notes(take)
    assert(not take.unsorted, "notes are read before MIDI_Sort")
    return take.notes
  end
  function api.MIDI_CountEvts(take) return true, #sorted_notes(take), 0, 0 end
  function api.MIDI_GetNote(take, number)
    local note = sorted_notes(take)[number + 1]
    return true, false, false, note.from, note.to, note.channel, note.pitch, note.velocity
  end
  function api.MIDI_DeleteNote(take, number)
    changing()
    return table.remove(sorted_notes(take), number + 1) ~= nil
  end
  function api.MIDI_InsertNote(take, _, _, from, to, channel, pitch, velocity, unsorted)
    changing()
    assert(channel >= 0 and channel < 16 and pitch >= 0 and pitch < 128 and velocity > 0 and velocity < 128)
    from, to = math.floor(from + 0.5), math.floor(to + 0.5)
    assert(from >= 0 and to > from, "a note outside of its item, or without length")
    table.insert(take.notes, { from = from, to = to, channel = channel, pitch = pitch, velocity = velocity })
    take.unsorted = take.unsorted or unsorted
    return true
  end
  function api.MIDI_Sort(take)
    table.sort(take.notes, function(a, b) return a.from < b.from or a.from == b.from and a.pitch < b.pitch end)
    take.unsorted = nil
  end

  function api.TrackFX_AddByName(track, name, _, instantiate)
    assert(instantiate == -1, "always a new one")
    local effect = state.effects and state.effects[name]
    if not effect then
      return -1
    end
    changing()
    table.insert(track.effects, { name = "JS: " .. effect.name, values = effect.values })
    return #track.effects - 1
  end
  function api.TrackFX_GetCount(track) return #track.effects end
  function api.TrackFX_GetFXName(track, effect) return true, track.effects[effect + 1].name end
  function api.ValidatePtr2(_, pointer, kind)
    assert(kind == "MediaTrack*")
    for _, track in ipairs(state.tracks) do
      if track == pointer then
        return true
      end
    end
    return false
  end
  function api.TrackFX_GetParam(track, effect, number)
    assert(api.ValidatePtr2(0, track, "MediaTrack*"), "a track that is not there any more")
    return track.effects[effect + 1].values[number + 1], 0.0, 100.0
  end

  -- Reaper keeps sections and keys in upper case: any case finds them, and only upper case is listed.
  local function place(section, key)
    return (section .. "/" .. key):upper()
  end
  function api.SetProjExtState(_, section, key, value)
    assert(#key > 0 and #value < 4000 and not value:find("[\r\n]"), "a value that a project file cannot hold")
    state.ext[place(section, key)] = value ~= "" and value or nil
    return 1
  end
  function api.GetProjExtState(_, section, key)
    local value = state.ext[place(section, key)] or ""
    return #value, value
  end
  function api.EnumProjExtState(_, section, number)
    local keys = {}
    for key in pairs(state.ext) do
      keys[#keys + 1] = key:match("^" .. section:upper() .. "/(.*)$")
    end
    table.sort(keys)
    local key = keys[number + 1]
    return key ~= nil, key or "", key and state.ext[place(section, key)] or ""
  end
  return api
end

return project
