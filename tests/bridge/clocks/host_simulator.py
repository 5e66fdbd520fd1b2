"""A simulated DAW: it tells its song over a network that delays messages at random and loses some."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from bridge.clocks.host import HostClock
from bridge.clocks.metre import Metre
from tests.bridge.clocks.true_song import TrueSong


@dataclass(frozen=True)
class TransportMessage:
    """A /mai/transport as it arrives; `arrives` in seconds."""

    arrives: float
    beat: float
    bpm: float
    playing: bool
    metre: Metre


@dataclass(frozen=True)
class Network:
    """What happens to messages on their way. Datagrams between two ports of one machine stay in order."""

    longest_delay: float = 0.0  # seconds; delays are spread evenly from 0 to it
    loss: float = 0.0  # share of the regular messages; those of a start, stop, locate or change all arrive
    seed: int = 0


def transport_messages(song: TrueSong, network: Network = Network(), every: float = 1.0) -> list[TransportMessage]:
    """What the host sends: at every start, stop, locate and change, and every `every` beats."""
    chance = random.Random(network.seed)
    moments = [(stretch.start, 0, stretch) for stretch in song.stretches if stretch.tells]
    told = {start for start, _, _ in moments}
    moments += [(time, 1, stretch) for time, stretch in song.crossings(every) if time not in told]
    messages: list[TransportMessage] = []
    arrived = 0.0
    for time, regular, stretch in sorted(moments, key=lambda moment: moment[:2]):
        delay = chance.uniform(0.0, network.longest_delay)
        if regular and chance.random() < network.loss:
            continue
        arrived = max(arrived, time + delay)
        beat, bpm = as_float32(stretch.beat_at(time)), as_float32(stretch.bpm_at(time))
        messages.append(TransportMessage(arrived, beat, bpm, stretch.playing, stretch.metre))
    return messages


def as_float32(value: float) -> float:
    """The value as it is after its way through an OSC message."""
    return float(struct.unpack(">f", struct.pack(">f", value))[0])


def listen(clock: HostClock, messages: list[TransportMessage], poll: float, end: float) -> Iterator[float]:
    """Let the clock hear the messages, each at its time, and give each arrival and every `poll` seconds to `end`."""
    waiting = sorted(messages, key=lambda message: message.arrives)
    polls = [count * poll for count in range(int(end / poll) + 1)]
    for time in sorted([*polls, *(message.arrives for message in waiting)]):
        while waiting and waiting[0].arrives <= time:
            hear(clock, waiting.pop(0))
        yield time


def hear(clock: HostClock, message: TransportMessage) -> None:
    clock.hear(message.beat, message.bpm, message.playing, message.metre, message.arrives)
