"""The Reaper actions (Lua), and the program that writes their package index."""
