"""The Reaper actions under a real Lua, with a Reaper that checks every call, against a real bridge through curl."""
