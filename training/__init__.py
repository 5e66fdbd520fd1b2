"""From MIDI files to a trained generator: collecting, the networks, the loop, metrics and samples."""
