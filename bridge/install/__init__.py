"""maisynth install: puts the device or the script into the DAW's own folders."""
