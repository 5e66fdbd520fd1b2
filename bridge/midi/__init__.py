"""Notes to MIDI ports and files."""
