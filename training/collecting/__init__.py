"""MIDI files to training phrases."""
