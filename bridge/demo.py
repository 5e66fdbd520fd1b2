"""The main job, shown: trigger one generation as a client would, and show, write and explain what came back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from bridge.contract import ModelContract
from bridge.doors.client import BridgeClient, bar_notes
from bridge.doors.clients import Address
from bridge.midi.midi_file import write_midi
from bridge.pianoroll import Roll, notes_to_roll, phrase_notes
from bridge.protocol.osc_packet import OscMessage
from bridge.screen.picture import write_picture
from bridge.screen.terminal_roll import roll_to_text

MIDI_NAME, PICTURE_NAME = "demo.mid", "demo.png"


def play_demo(bridge: Address, contract: ModelContract, folder: Path, seed: int, console: Console) -> None:
    """Ask the bridge for a phrase over UDP; write FOLDER/demo.mid and demo.png. Raises OSError, BridgeError."""
    with BridgeClient(bridge) as client:
        client.request("/mai/hello", "demo", 0)
        answers = client.request("/mai/generate", seed)
        client.request("/mai/bye")
    roll = received_roll(answers, contract)
    folder.mkdir(parents=True, exist_ok=True)
    write_midi(folder / MIDI_NAME, phrase_notes(roll, contract), contract)
    write_picture(folder / PICTURE_NAME, roll, contract)
    console.print(f"[bold]One phrase[/bold] (seed {seed}) as the bridge sent it over OSC:\n")
    console.print(roll_to_text(roll, contract, console.width))
    console.print(f"\nWritten: [bold]{folder / MIDI_NAME}[/bold] and [bold]{folder / PICTURE_NAME}[/bold]\n")


def received_roll(answers: Sequence[OscMessage], contract: ModelContract) -> Roll:
    """The phrase that some /mai/bar messages hold: (bars, tracks, steps_per_bar, pitches) bool."""
    roll = np.zeros((contract.bars, len(contract.tracks), contract.steps_per_bar, contract.pitches), dtype=np.bool_)
    for message in answers:
        if message.address == "/mai/bar":
            bar, track, notes = bar_notes(message)
            roll[bar, track] |= notes_to_roll(notes, contract, track)
    return roll
