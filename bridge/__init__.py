"""The daemon a musician runs: OSC in, a generator of multitrack bars, OSC and MIDI out. No torch, no onnx."""

__version__ = "0.1.0"
