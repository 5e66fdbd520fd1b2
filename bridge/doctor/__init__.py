"""What could keep the band from playing on this machine: one small check each, and what to do about it."""
