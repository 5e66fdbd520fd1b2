"""The Max for Live device: described here, built into MAIsynthesizer.amxd, and never edited by hand in Max."""
