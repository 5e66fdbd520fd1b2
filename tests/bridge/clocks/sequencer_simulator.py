"""A simulated drum machine: it sends its song as MIDI clock, with jitter and lost pulses."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bridge.clocks.midi_clock import (
    CONTINUE,
    PULSE,
    PULSES_PER_BEAT,
    PULSES_PER_SIXTEENTH,
    SONG_POSITION,
    START,
    STOP,
    MidiClock,
)
from tests.bridge.clocks.true_song import TrueSong


@dataclass(frozen=True)
class MidiMessage:
    arrives: float  # seconds
    message: tuple[int, ...]


def clock_messages(
    song: TrueSong, jitter: float = 0.0, seed: int = 0, lost: frozenset[int] = frozenset()
) -> list[MidiMessage]:
    """What the machine sends. Pulses are up to `jitter` seconds late; `lost` numbers those that never arrive."""
    moments: list[tuple[float, int, tuple[int, ...]]] = []
    for before, stretch in zip([None, *song.stretches], song.stretches, strict=False):
        rolls_on = before is not None and before.playing
        if before is not None and before.playing and stretch.leap != before.leap:
            moments.append((stretch.start, 0, (STOP,)))
            rolls_on = False
        if stretch.beat and (before is None or stretch.beat != before.beat_at(stretch.start)):
            moments.append((stretch.start, 1, song_position(stretch.beat)))
        if stretch.playing and not rolls_on:
            moments.append((stretch.start, 2, (CONTINUE if stretch.beat else START,)))
    pulses = [time for time, _ in song.crossings(1 / PULSES_PER_BEAT)]
    moments += [(time, 3, (PULSE,)) for number, time in enumerate(pulses) if number not in lost]
    return list(_delayed(sorted(moments), jitter, random.Random(seed)))


def _delayed(
    moments: list[tuple[float, int, tuple[int, ...]]], jitter: float, chance: random.Random
) -> Iterator[MidiMessage]:
    """A cable keeps the order of what goes through it."""
    arrived = 0.0
    for time, kind, message in moments:
        arrived = max(arrived, time + (chance.uniform(0.0, jitter) if kind == 3 else 0.0))
        yield MidiMessage(arrived, message)


def song_position(beat: float) -> tuple[int, ...]:
    """The song position pointer of the sixteenth at `beat`."""
    sixteenth = round(beat * PULSES_PER_BEAT / PULSES_PER_SIXTEENTH)
    return (SONG_POSITION, sixteenth & 0x7F, sixteenth >> 7)


def listen(clock: MidiClock, messages: list[MidiMessage], poll: float, end: float) -> Iterator[float]:
    """Let the clock hear the messages, each at its time, and give every `poll` seconds up to `end`."""
    waiting = iter(messages)
    message = next(waiting, None)
    for count in range(int(end / poll) + 1):
        while message is not None and message.arrives <= count * poll:
            clock.hear(message.message, message.arrives)
            message = next(waiting, None)
        yield count * poll
