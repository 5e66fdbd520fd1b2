"""Whether the bridge can open its MIDI port."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from bridge.doctor.finding import Finding, Level
from bridge.midi.midi_ports import MidiOut, NoMidi, list_ports, open_midi_out

NAME = "MIDI"
PORT_NAME = "MAIsynthesizer doctor"

_ALSA_SEQUENCER = Path("/dev/snd/seq")


def midi_output(
    api: str,
    port: str | None,
    open_out: Callable[[str, str | None, str], MidiOut] = open_midi_out,
    list_outputs: Callable[[str], list[str]] = list_ports,
    sequencer: Path = _ALSA_SEQUENCER,
) -> Finding:
    """Opens a port as the bridge will, and closes it. No MIDI is a warning; not to have what was asked for is bad."""
    if api == "none":
        return Finding(NAME, Level.OK, "switched off (--midi-api none): notes leave over OSC alone")
    try:
        others = list_outputs(api)
        out = open_out(api, port, PORT_NAME)
    except NoMidi as problem:
        asked = api != "auto" or port is not None
        remedy = "leave out --midi-api and --midi-port, or play over OSC alone" if asked else "OSC works without MIDI"
        if sequencer.exists() and not os.access(sequencer, os.R_OK | os.W_OK):
            remedy = (
                f"this user may not open {sequencer}: add it to the group that owns it (sudo usermod -aG audio $USER) "
                "and log in again"
            )
        return Finding(NAME, Level.BAD if asked else Level.WARN, str(problem), remedy)
    name = out.name
    out.close()
    opened = "a port of our own can be opened" if name == PORT_NAME else f"{name!r} can be opened"
    return Finding(NAME, Level.OK, f"{opened}; other outputs: {', '.join(map(repr, others)) or 'none'}")
