"""Where the beat comes from."""
